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
        guard !hasBegun, endpoint.isTLS else {
            return AMQPError(.connectionLost, reason: "the broker closed the socket without a word")
        }
        return notBegun(.closed, endpoint)
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

extension ByteBuffer {
    /// Whether it starts with a TLS alert (RFC 8446, section 5.1): what a TLS port answers to a client without TLS. No
    /// frame of AMQP has that type.
    var isTLSAlert: Bool {
        self.getInteger(at: self.readerIndex, as: UInt16.self) == 0x1503
    }
}
