import NIOCore

/// Stands in front of the TLS handler until the handshake ends, and tells what the peer's first word was.
///
/// RabbitMQ's listener without TLS answers a TLS client with a line of its own and closes the connection at once, so that
/// the line often arrives together with a reset, or not at all: the TLS handler then reports only the end.
final class AnswerWatcher: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private var firstByte: UInt8?

    /// Whether the peer has said anything.
    var hasAnswered: Bool { self.firstByte != nil }

    /// Whether what it said first can't be TLS: records have the types 20 to 24 (RFC 8446, section 5.1; RFC 6520).
    var isOtherThanTLS: Bool {
        guard let firstByte = self.firstByte else { return false }
        return !(20...24).contains(firstByte)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if self.firstByte == nil {
            let buffer = self.unwrapInboundIn(data)
            self.firstByte = buffer.getInteger(at: buffer.readerIndex)
        }
        context.fireChannelRead(data)
    }
}
