import NIOCore
import TLSDiagnosis
import Transport

/// What the end of a socket means. Before the broker's first word of AMQP it may still be about TLS: in TLS 1.3 a broker
/// judges the client's certificate only after the client's side of the handshake is over, and not every one says why.
extension AMQPError {
    /// The connection never began because of TLS.
    private static func notBegun(_ fault: TLSFault, _ endpoint: Endpoint) -> AMQPError {
        let transport = TransportError(fault, endpoint: endpoint, attempted: "start the connection")
        return AMQPError(.couldNotConnect, reason: transport.reason, transport: transport)
    }

    /// A connection without TLS reached a port with it.
    static func reachedTLS(_ endpoint: Endpoint) -> AMQPError { notBegun(.speaksTLS, endpoint) }

    /// The broker closed the socket.
    static func closedSocket(_ endpoint: Endpoint, hasBegun: Bool) -> AMQPError {
        guard !hasBegun else {
            return AMQPError(.connectionLost, reason: "the broker closed the socket without a word")
        }
        guard !endpoint.isTLS else { return notBegun(.closed, endpoint) }
        // So do the port of the management API, a proxy without a broker behind it, and a broker that is starting.
        return AMQPError(
            .connectionLost,
            reason: "the connection was closed before a word of AMQP was said",
            hint:
                "check that the endpoint is the AMQP listener, 5672 unless configured: the port of the management API "
                + "closes like this, as does a proxy that reaches no broker"
        )
    }

    /// The socket reported an error.
    static func failedSocket(_ error: any Error, _ endpoint: Endpoint, hasBegun: Bool) -> AMQPError {
        let transport = TransportError(error, endpoint: endpoint, attempted: "keep the connection")
        if !hasBegun, endpoint.isTLS {
            if let fault = transport.tlsFault { return notBegun(fault, endpoint) }
            if transport.code == .closedByPeer { return notBegun(.closed, endpoint) }
        }
        return AMQPError(.connectionLost, reason: transport.reason, transport: transport)
    }
}

extension AMQPError {
    /// The endpoint answered in HTTP, as a web server or a proxy does.
    static let reachedHTTP = AMQPError(
        .protocolViolation,
        reason: "the endpoint answered in HTTP, not in AMQP",
        hint:
            "set the endpoint to the AMQP listener, 5672 unless configured; a management API or a web proxy answers there"
    )
}

extension ByteBuffer {
    /// Whether it starts as an answer in HTTP. No frame of AMQP has that type.
    var isHTTPAnswer: Bool { self.readableBytesView.starts(with: "HTTP/".utf8) }

    /// Whether it starts with a TLS alert (RFC 8446, section 5.1): what a TLS port answers to a client without TLS. No
    /// frame of AMQP has that type.
    var isTLSAlert: Bool {
        self.getInteger(at: self.readerIndex, as: UInt16.self) == 0x1503
    }
}
