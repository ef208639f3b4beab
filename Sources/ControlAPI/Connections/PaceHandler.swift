import DequeModule
import NIOCore
import NIOHTTPTypes

/// Holds back requests of a client that sends them faster than it may, and reads no more of them meanwhile. What is held
/// is at most what one read brought.
final class PaceHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// Is told of each request, and says how long it waits.
    private let take: () -> TimeAmount
    private var held: Deque<HTTPRequestPart> = []
    private var release: Scheduled<Void>?
    private var wantsRead = false

    init(take: @escaping () -> TimeAmount) {
        self.take = take
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.end()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.end()
        context.fireChannelInactive()
    }

    private func end() {
        self.release?.cancel()
        self.release = nil
        self.held = []
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = self.unwrapInboundIn(data)
        if self.held.isEmpty, self.passes(part, context) {
            context.fireChannelRead(data)
        } else {
            self.held.append(part)
        }
    }

    func read(context: ChannelHandlerContext) {
        if self.held.isEmpty { context.read() } else { self.wantsRead = true }
    }

    /// Whether a part goes on now; a request that waits is let go when its time has come.
    private func passes(_ part: HTTPRequestPart, _ context: ChannelHandlerContext) -> Bool {
        guard case .head = part else { return true }
        let wait = self.take()
        guard wait > .zero else { return true }
        self.release = context.eventLoop.assumeIsolated().scheduleTask(in: wait) { self.letGo(context) }
        return false
    }

    /// Hands on the request whose time has come, and those behind it up to the next that waits.
    private func letGo(_ context: ChannelHandlerContext) {
        self.release = nil
        guard let first = self.held.popFirst() else { return }
        context.fireChannelRead(self.wrapInboundOut(first))
        while let next = self.held.first, self.passes(next, context) {
            self.held.removeFirst()
            context.fireChannelRead(self.wrapInboundOut(next))
        }
        context.fireChannelReadComplete()
        if self.held.isEmpty, self.wantsRead {
            self.wantsRead = false
            context.read()
        }
    }
}
