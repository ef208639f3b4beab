import NIOCore
import TLSDiagnosis
import Transport

/// What the end of a socket means. Before the broker's first word of the protocol it may still be about TLS: in TLS 1.3 a
/// broker judges the client's certificate only after the client's side of the handshake is over.
extension StreamError {
    /// The connection never began because of TLS.
    private static func notBegun(_ fault: TLSFault, _ endpoint: Endpoint) -> StreamError {
        let transport = TransportError(fault, endpoint: endpoint, attempted: "start the connection")
        return StreamError(.couldNotConnect, reason: transport.reason, transport: transport)
    }

    /// What the first bytes show that are no stream protocol; `nil` where they may be. No frame of the broker's first word
    /// is as large as these would say.
    static func reachedOther(_ buffer: ByteBuffer, _ endpoint: Endpoint) -> StreamError? {
        if buffer.getInteger(at: buffer.readerIndex, as: UInt16.self) == 0x1503 {
            return notBegun(.speaksTLS, endpoint)
        }
        let hint = "set the endpoint to the listener of the stream protocol, 5552 unless configured, 5551 with TLS"
        for (beginning, protocolName) in [("HTTP/", "HTTP"), ("AMQP", "AMQP")]
        where buffer.readableBytesView.starts(with: beginning.utf8) {
            return StreamError(
                .protocolViolation,
                reason: "the endpoint answered in \(protocolName), not in the stream protocol",
                hint: hint
            )
        }
        return nil
    }

    /// The broker closed the socket.
    static func closedSocket(_ endpoint: Endpoint, hasBegun: Bool) -> StreamError {
        guard !hasBegun else {
            return StreamError(.connectionLost, reason: "the broker closed the socket without a word")
        }
        guard !endpoint.isTLS else { return notBegun(.closed, endpoint) }
        return StreamError(
            .connectionLost,
            reason: "the connection was closed before a word of the stream protocol was said",
            hint: "check that the endpoint is the listener of the stream protocol, 5552 unless configured"
        )
    }

    /// The socket reported an error.
    static func failedSocket(_ error: any Error, _ endpoint: Endpoint, hasBegun: Bool) -> StreamError {
        let transport = TransportError(error, endpoint: endpoint, attempted: "keep the connection")
        if !hasBegun, endpoint.isTLS {
            if let fault = transport.tlsFault { return notBegun(fault, endpoint) }
            if transport.code == .closedByPeer { return notBegun(.closed, endpoint) }
        }
        return StreamError(.connectionLost, reason: transport.reason, transport: transport)
    }
}
