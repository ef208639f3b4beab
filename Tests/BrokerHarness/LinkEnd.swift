import NIOCore

/// One of the two sockets of a connection through the proxy. It reads only when it is asked to.
final class LinkEnd: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// Small, so that a slow receiver is felt by the sender soon.
    static let writeBuffer = ChannelOptions.Types.WriteBufferWaterMark(low: 64 * 1_024, high: 256 * 1_024)

    /// The way that begins here.
    var outgoing: LinkFlow?
    /// The way that ends here.
    var incoming: LinkFlow?
    var becameInactive: (() -> Void)?
    private(set) var wasActive = false
    private(set) var hasEnded = false
    private var context: ChannelHandlerContext?
    private var isReading = false

    var isWritable: Bool {
        self.isActive && self.context?.channel.isWritable == true
    }

    var isActive: Bool {
        self.wasActive && !self.hasEnded
    }

    func requestRead() {
        guard self.isActive, !self.isReading, let context = self.context else { return }
        self.isReading = true
        context.read()
    }

    func write(_ buffer: ByteBuffer) {
        self.context?.write(NIOAny(buffer), promise: nil)
    }

    func flush() {
        self.context?.flush()
    }

    func closeOutput() {
        self.context?.close(mode: .output, promise: nil)
    }

    func close() {
        self.context?.close(promise: nil)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { self.channelActive(context: context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        guard !self.wasActive else { return }
        self.wasActive = true
        self.outgoing?.pump()
        self.incoming?.pump()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.outgoing?.receive(self.unwrapInboundIn(data))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.isReading = false
        self.outgoing?.pump()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        self.incoming?.pump()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event {
            self.outgoing?.end()
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.hasEnded = true
        self.context = nil
        self.outgoing?.end()
        self.incoming?.discard()
        self.becameInactive?()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
