import NIOCore
import Transport

/// The one handler of an AMQP connection: bytes in, frames to the channels, one write a turn out.
///
/// Confined to the event loop of its channel.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let eventLoop: any EventLoop
    private(set) var machine: ConnectionMachine
    let channels: OpenChannels
    private var context: ChannelHandlerContext?

    /// The part of a frame that is not complete yet.
    private var partial = ByteBuffer()
    private var output = FrameOutput()
    private var hasUnflushedWrites = false
    private(set) var isReading = true

    private var heartbeat: HeartbeatTimer?
    private var handshakeTask: Scheduled<Void>?
    private var closeTask: Scheduled<Void>?

    private let handshakeTimeout: TimeAmount
    private let openedPromise: EventLoopPromise<Negotiated>
    private let closedPromise: EventLoopPromise<AMQPError>
    var secretUpdates: [EventLoopPromise<Void>] = []
    /// Completed once the socket takes bytes again.
    var awaitingWritability: [EventLoopPromise<Void>] = []
    /// Whether the broker takes publishes, and who wants to know.
    let publishing = PublishingObservers()
    private(set) var failure: AMQPError?
    let endpoint: Endpoint
    let log: ConnectionLog

    init(
        eventLoop: any EventLoop,
        endpoint: Endpoint,
        parameters: ConnectionMachine.Parameters,
        handshakeTimeout: TimeAmount,
        log: ConnectionLog = ConnectionLog()
    ) {
        self.eventLoop = eventLoop
        self.endpoint = endpoint
        self.log = log
        channels = OpenChannels(log: log)
        machine = ConnectionMachine(parameters: parameters)
        self.handshakeTimeout = handshakeTimeout
        openedPromise = eventLoop.makePromise()
        closedPromise = eventLoop.makePromise()
    }

    /// Completes with the end of the handshake.
    var opened: EventLoopFuture<Negotiated> { openedPromise.futureResult }
    /// Completes with the reason when the connection has ended. It never fails.
    var closed: EventLoopFuture<AMQPError> { closedPromise.futureResult }

    var serverProperties: FieldTable { machine.serverProperties }
    var negotiated: Negotiated { machine.negotiated }
    var isOpen: Bool { failure == nil && machine.state == .open }
    /// Whether the broker has said anything of AMQP yet.
    private var hasBegun: Bool { machine.state != .awaitingStart }
    var canWrite: Bool { context?.channel.isWritable ?? false }
    /// Bytes that wait for the next flush.
    var pendingBytes: Int { output.pendingBytes }

    // MARK: Events of the socket

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { start(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        fail(AMQPError(.connectionLost, reason: "the connection ended"))
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        start(context)
        context.fireChannelActive()
    }

    private func start(_ context: ChannelHandlerContext) {
        guard handshakeTask == nil else { return }
        output.append { $0.writeBytes(Frame.protocolHeader) }
        flush()
        handshakeTask = eventLoop.assumeIsolated().scheduleTask(in: handshakeTimeout) {
            self.fail(AMQPError(.handshakeTimedOut, reason: "the broker did not finish the handshake in time"))
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        let (before, count) = (partial.readableBytes, buffer.readableBytes)
        guard failure == nil else { return }
        if !hasBegun, partial.readableBytes == 0 {
            if buffer.isTLSAlert { return fail(.reachedTLS(endpoint)) }
            if buffer.isHTTPAnswer { return fail(.reachedHTTP) }
        }
        if partial.readableBytes > 0 {
            partial.writeBuffer(&buffer)
            // Not in place: what is called on the way may come back to this handler.
            var whole = ByteBuffer()
            swap(&whole, &partial)
            consume(&whole)
            if whole.readableBytes == 0 { whole.clear() } else { whole.discardReadBytes() }
            swap(&whole, &partial)
        } else {
            consume(&buffer)
            if buffer.readableBytes > 0 {
                partial.clear()
                partial.writeBuffer(&buffer)
            }
        }
        heartbeat?.didRead(count, endsFrame: partial.readableBytes < before + count)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        channels.readCompleted()
        flush()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        notifyWritability()
        channels.publishabilityChanged()
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(.closedSocket(endpoint, hasBegun: hasBegun))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(.failedSocket(error, endpoint, hasBegun: hasBegun))
    }

    private func consume(_ buffer: inout ByteBuffer) {
        do throws(ProtocolViolation) {
            while failure == nil, let method = try channels.dispatch(&buffer) { try connectionMethod(method) }
        } catch {
            fail(withGoodbye: AMQPError(.protocolViolation, reason: "the peer broke the protocol: \(error)"))
        }
    }

    // MARK: The handshake

    /// A method on channel 0.
    private func connectionMethod(_ method: Method) throws(ProtocolViolation) {
        do throws(AMQPError) {
            perform(try machine.received(method))
        } catch {
            fail(withGoodbye: error)
        }
    }

    /// Frames may be as large as both sides take.
    func tuned(_ negotiated: Negotiated) { channels.maximumPayload = Int(negotiated.frameMaximum) - Frame.overhead }

    func handshakeFinished() {
        handshakeTask?.cancel()
        log.opened(negotiated, serverProperties)
        if negotiated.heartbeat > 0 { heartbeat = makeHeartbeat(negotiated.heartbeat) }
        openedPromise.succeed(negotiated)
    }

    func sendHeartbeat() {
        output.append { $0.writeHeartbeat() }
        flush()
    }

    // MARK: Writing

    /// Puts a method into the outgoing bytes; ``flush()`` sends them.
    ///
    /// - Throws: ``WireError`` for a name or a table that can't be put on the wire, and for a method that is larger than
    ///   a frame; nothing is written then.
    func write(checked method: Method, channel: UInt16) throws(WireError) {
        try output.write(method, channel: channel, maximum: Int(negotiated.frameMaximum))
        log.sent(method, channel: channel)
    }

    /// Puts a method of the protocol's own into the outgoing bytes. One that can't be written ends the connection.
    func write(_ method: Method, channel: UInt16) {
        do throws(WireError) {
            try output.write(method, channel: channel)
            log.sent(method, channel: channel)
        } catch {
            fail(AMQPError(.invalidArgument, reason: "\(method.id) can't be put on the wire: \(error)"))
        }
    }

    /// Lets `body` append whole frames to the outgoing bytes.
    func append(_ body: (inout ByteBuffer) -> Void) {
        output.append(body)
    }

    /// Sends a large part of a body by reference, after what was written before.
    func append(fragment: ByteBuffer) {
        writeOut()
        context?.write(wrapOutboundOut(fragment), promise: nil)
        hasUnflushedWrites = true
    }

    private func writeOut() {
        guard let context, let bytes = output.take() else { return }
        context.write(wrapOutboundOut(bytes), promise: nil)
        hasUnflushedWrites = true
    }

    /// Sends what was written since the last flush.
    func flush() {
        guard context != nil else { return }
        writeOut()
        guard hasUnflushedWrites else { return }
        hasUnflushedWrites = false
        heartbeat?.didWrite()
        context?.flush()
    }

    // MARK: Reading

    /// Stops or resumes reading, to hold the broker back. A broker whose writes block for long closes the connection.
    func setReading(_ reading: Bool) {
        guard reading != isReading, let context else { return }
        isReading = reading
        context.channel.setOption(ChannelOptions.autoRead, value: reading).whenFailure { _ in }
        if reading { context.read() }
    }

    // MARK: Channels

    /// Takes the lowest free channel number.
    func openLane() throws(AMQPError) -> ChannelLane {
        if let failure { throw failure }
        return try channels.open(upTo: negotiated.channelMaximum) { ChannelLane(number: $0, handler: self) }
    }

    // MARK: Closing

    /// Says goodbye and waits for the answer, at most `timeout`.
    func close(timeout: TimeAmount) {
        guard failure == nil else { return }
        if !isReading { setReading(true) }
        guard machine.close() else {
            fail(AMQPError(.closed, reason: "the connection was closed"))
            return
        }
        let goodbye = ConnectionClose(replyCode: 200, replyText: "goodbye")
        write(.connectionClose(goodbye), channel: 0)
        flush()
        closeTask = eventLoop.assumeIsolated().scheduleTask(in: timeout) {
            self.fail(AMQPError(.closed, reason: "the connection was closed; the broker did not answer"))
        }
    }

    /// Hands on what came before, and ends; a peer that broke the protocol is told so, with 501 FRAME_ERROR.
    func fail(withGoodbye error: AMQPError) {
        channels.dispatchReady()
        if error.code == .protocolViolation, machine.close() {
            let close = ConnectionClose(replyCode: 501, replyText: String(error.reason.prefix(200)))
            write(.connectionClose(close), channel: 0)
            flush()
        }
        fail(error)
    }

    /// Ends everything. Only the first call has an effect.
    func fail(_ error: AMQPError) {
        guard failure == nil else { return }
        var error = error
        if error.endpoint == nil { error.endpoint = endpoint }
        failure = error
        log.ended(error, wasOpen: machine.hasBeenOpen)
        handshakeTask?.cancel()
        closeTask?.cancel()
        heartbeat?.stop()
        channels.fail(error)
        for promise in secretUpdates { promise.fail(error) }
        secretUpdates = []
        notifyWritability()
        publishing.ended()
        context?.close(promise: nil)
        openedPromise.fail(error)
        closedPromise.succeed(error)
    }
}
