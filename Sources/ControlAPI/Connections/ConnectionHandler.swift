import NIOCore
import NIOHTTPTypes

/// Closes a connection whose client lets the daemon wait for too long, and tells whether the daemon works for it or
/// waits for it.
final class ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let patience: TimeAmount
    private let onChange: (_ isBusy: Bool) -> Void
    /// How many requests have begun and have no whole answer yet.
    private var unanswered = 0
    /// Whether the body of the last of them is still to come.
    private var isBodyOpen = false
    private var isBusy = false
    private var isOver = false
    private var deadline: Scheduled<Void>?

    /// - Parameters:
    ///   - patience: how long to wait for a request's head, its body, and for an answer to be taken.
    ///   - onChange: is told when the daemon begins to work for the connection, and when it waits for the client again.
    init(patience: TimeAmount, onChange: @escaping (_ isBusy: Bool) -> Void) {
        self.patience = patience
        self.onChange = onChange
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.restart(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.end()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.end()
        context.fireChannelInactive()
    }

    private func end() {
        self.isOver = true
        self.deadline?.cancel()
        self.deadline = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head:
            self.unanswered += 1
            self.isBodyOpen = true
            self.restart(context)
        case .body:
            break
        case .end:
            self.isBodyOpen = false
            self.look(context)
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        context.write(data, promise: promise)
        guard case .end = self.unwrapOutboundIn(data) else { return }
        self.unanswered = max(0, self.unanswered - 1)
        self.restart(context)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        self.restart(context)
        context.fireChannelWritabilityChanged()
    }

    /// Whether there is a whole request to answer, and room for its answer.
    private func hasWork(_ context: ChannelHandlerContext) -> Bool {
        context.channel.isWritable && self.unanswered > (self.isBodyOpen ? 1 : 0)
    }

    /// Looks whom it waits for, and gives the client its whole time again.
    private func restart(_ context: ChannelHandlerContext) {
        self.deadline?.cancel()
        self.deadline = nil
        self.look(context)
    }

    /// Looks whom it waits for.
    private func look(_ context: ChannelHandlerContext) {
        if self.isOver { return }
        let isBusy = self.hasWork(context)
        if isBusy != self.isBusy {
            self.isBusy = isBusy
            self.onChange(isBusy)
        }
        if isBusy {
            self.deadline?.cancel()
            self.deadline = nil
        } else if self.deadline == nil {
            self.deadline = context.eventLoop.assumeIsolated().scheduleTask(in: self.patience) {
                context.close(promise: nil)
            }
        }
    }
}
