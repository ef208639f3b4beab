import NIOCore
import Transport

/// The one handler of an AMQP connection: bytes in, frames to the channels, one write a turn out.
///
/// Confined to the event loop of its channel.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let eventLoop: any EventLoop
    private var machine: ConnectionMachine
    private var decoder = InboundDecoder()
    private var lanes: [ChannelLane?] = []
    private var context: ChannelHandlerContext?

    /// The part of a frame that is not complete yet.
    private var partial = ByteBuffer()
    private var out = ByteBuffer()
    private var spareOut = ByteBuffer()
    private var hasUnflushedWrites = false
    private(set) var isReading = true

    private var heartbeat: HeartbeatMonitor?
    private var heartbeatTask: Scheduled<Void>?
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

    init(
        eventLoop: any EventLoop,
        endpoint: Endpoint,
        parameters: ConnectionMachine.Parameters,
        handshakeTimeout: TimeAmount
    ) {
        self.eventLoop = eventLoop
        self.endpoint = endpoint
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
    var pendingBytes: Int { out.readableBytes }

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
        out.writeBytes(Frame.protocolHeader)
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
        heartbeat?.didRead(count, endsFrame: partial.readableBytes < before + count, at: eventLoop.now)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        handOn()
        for lane in lanes { lane?.receiver?.readCompleted() }
        flush()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        tellWritability()
        tellPublishability()
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
            while failure == nil {
                switch try decoder.next(&buffer) {
                case .needsMore:
                    return
                case .method(let method, 0):
                    // What came before the end of the connection still counts, the confirms above all.
                    if method.id == .connectionClose || method.id == .connectionCloseOK { handOn() }
                    try connectionMethod(method)
                case .method(let method, let channel):
                    // What came before on this channel is handed on first, so that its order is kept.
                    handOn()
                    guard let lane = lane(channel) else { throw .closedChannel(channel) }
                    try lane.received(method)
                case .content(let method, let content, let channel):
                    handOn()
                    try lane(channel)?.received(method, content)
                }
            }
        } catch {
            giveUp(AMQPError(.protocolViolation, reason: "the peer broke the protocol: \(error)"))
        }
    }

    private func handOn() {
        while let ready = decoder.takeReady() {
            guard let lane = lane(ready.channel) else { continue }
            if !ready.confirms.isEmpty { lane.received(ready.confirms) }
            if let batch = ready.batch { lane.received(batch) }
        }
    }

    private func lane(_ channel: UInt16) -> ChannelLane? {
        Int(channel) < lanes.count ? lanes[Int(channel)] : nil
    }

    private func connectionMethod(_ method: Method) throws(ProtocolViolation) {
        let action: ConnectionMachine.Action
        do throws(AMQPError) {
            action = try machine.received(method)
        } catch {
            return giveUp(error)
        }
        switch action {
        case .none:
            break
        case .send(let method):
            write(method, channel: 0)
            flush()
        case .tune(let negotiated, let tuneOK, let open):
            decoder.maximumPayload = Int(negotiated.frameMaximum) - Frame.overhead
            write(tuneOK, channel: 0)
            write(open, channel: 0)
            flush()
        case .opened:
            handshakeTask?.cancel()
            startHeartbeat()
            openedPromise.succeed(machine.negotiated)
        case .blocked(let reason):
            publishing.changed(to: .blocked(reason: reason))
            tellPublishability()
        case .unblocked:
            publishing.changed(to: .open)
            tellPublishability()
        case .secretUpdated:
            if !secretUpdates.isEmpty { secretUpdates.removeFirst().succeed() }
        case .closedByBroker(let error):
            write(.connectionCloseOK(ConnectionCloseOK()), channel: 0)
            flush()
            fail(error)
        case .closed:
            fail(AMQPError(.closed, reason: "the connection was closed"))
        }
    }

    // MARK: Heartbeats

    private func startHeartbeat() {
        guard machine.negotiated.heartbeat > 0 else { return }
        heartbeat = HeartbeatMonitor(interval: .seconds(Int64(machine.negotiated.heartbeat)), now: eventLoop.now)
        scheduleBeat()
    }

    private func scheduleBeat() {
        guard failure == nil, let heartbeat else { return }
        heartbeatTask = eventLoop.assumeIsolated().scheduleTask(in: heartbeat.period) {
            self.beat()
            self.scheduleBeat()
        }
    }

    private func beat() {
        switch heartbeat?.tick(now: eventLoop.now, isReading: isReading) {
        case .send:
            out.writeHeartbeat()
            flush()
        case .giveUp:
            fail(AMQPError(.heartbeatTimedOut, reason: "nothing came for two heartbeat intervals"))
        case .some(.none), nil:
            break
        }
    }

    // MARK: Writing

    /// Puts a method into the outgoing bytes; ``flush()`` sends them.
    ///
    /// - Throws: ``WireError`` for a name or a table that can't be put on the wire, and for a method that is larger than
    ///   a frame; nothing is written then.
    func write(checked method: Method, channel: UInt16) throws(WireError) {
        try out.writeFrame(method, channel: channel, maximum: Int(negotiated.frameMaximum))
    }

    /// Puts a method of the protocol's own into the outgoing bytes. One that can't be written ends the connection.
    func write(_ method: Method, channel: UInt16) {
        do throws(WireError) {
            try out.writeFrame(method, channel: channel)
        } catch {
            fail(AMQPError(.invalidArgument, reason: "\(method.id) can't be put on the wire: \(error)"))
        }
    }

    func writeAcknowledge(channel: UInt16, deliveryTag: UInt64, multiple: Bool) {
        out.writeAcknowledge(channel: channel, deliveryTag: deliveryTag, multiple: multiple)
    }

    /// Lets `body` append whole frames to the outgoing bytes.
    func append(_ body: (inout ByteBuffer) -> Void) {
        body(&out)
    }

    /// Sends a large part of a body by reference, after what was written before.
    func append(fragment: ByteBuffer) {
        writeOut()
        context?.write(wrapOutboundOut(fragment), promise: nil)
        hasUnflushedWrites = true
    }

    private func writeOut() {
        guard out.readableBytes > 0, let context else { return }
        context.write(wrapOutboundOut(out), promise: nil)
        hasUnflushedWrites = true
        swap(&out, &spareOut)
        out.clear()
    }

    /// Sends what was written since the last flush.
    func flush() {
        guard context != nil else { return }
        writeOut()
        guard hasUnflushedWrites else { return }
        hasUnflushedWrites = false
        heartbeat?.didWrite(at: eventLoop.now)
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
        let highest = Int(machine.negotiated.channelMaximum == 0 ? UInt16.max : machine.negotiated.channelMaximum)
        var number = 1
        while number < lanes.count, lanes[number] != nil { number += 1 }
        guard number <= highest else {
            throw AMQPError(.notSupported, reason: "all \(highest) channels of the connection are in use")
        }
        while lanes.count <= number { lanes.append(nil) }
        let lane = ChannelLane(number: UInt16(number), handler: self)
        lanes[number] = lane
        decoder.open(lane.number)
        return lane
    }

    func closeLane(_ number: UInt16) {
        decoder.close(number)
        if Int(number) < lanes.count { lanes[Int(number)] = nil }
    }

    @discardableResult
    func addConsumer(_ tag: String, channel: UInt16) -> Int? {
        decoder.addConsumer(Array(tag.utf8), channel: channel)
    }

    func removeConsumer(_ tag: String, channel: UInt16) {
        decoder.removeConsumer(Array(tag.utf8), channel: channel)
    }

    func recycle(_ batch: DeliveryBatch) {
        decoder.recycle(batch)
    }

    private func tellPublishability() {
        for lane in lanes { lane?.receiver?.publishabilityChanged() }
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
    private func giveUp(_ error: AMQPError) {
        handOn()
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
        handshakeTask?.cancel()
        closeTask?.cancel()
        heartbeatTask?.cancel()
        let open = lanes
        lanes = []
        for lane in open { lane?.connectionFailed(error) }
        for promise in secretUpdates { promise.fail(error) }
        secretUpdates = []
        tellWritability()
        publishing.ended()
        context?.close(promise: nil)
        openedPromise.fail(error)
        closedPromise.succeed(error)
    }
}
