import Logging
import NIOCore
import Transport

/// The one handler of a stream connection: bytes in, chunks and confirms to the receiver, one write a turn out.
///
/// Confined to the event loop of its channel.
final class StreamConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    typealias Machine = StreamConnectionStateMachine<EventLoopPromise<Response>>

    let eventLoop: any EventLoop
    let endpoint: Endpoint
    let maximumUnsentBytes: Int
    var machine: Machine
    var writer = PublishWriter(negotiated: 0)
    private var reader: FrameReader
    private(set) var context: ChannelHandlerContext?
    var output = StreamOutput()
    /// Bytes that were written to the channel and that the socket has not taken yet.
    private(set) var unsentBytes = 0
    private(set) var isReading = true
    /// Set while the frames of a read are processed: what is written then leaves in one write at the end of the read.
    private var isInRead = false

    private var timer: (scheduled: Scheduled<Void>, at: NIODeadline)?
    private var handshakeTask: Scheduled<Void>?
    private var closeTask: Scheduled<Void>?
    private let handshakeTimeout: TimeAmount
    private let openedPromise: EventLoopPromise<Void>
    private let closedPromise: EventLoopPromise<StreamError>
    private(set) var failure: StreamError?
    let logger: Logger
    var receiver: (any StreamReceiver)?

    init(eventLoop: any EventLoop, endpoint: Endpoint, configuration: StreamConnectionConfiguration) {
        self.eventLoop = eventLoop
        self.endpoint = endpoint
        machine = Machine(parameters: configuration.parameters)
        reader = FrameReader(maximum: configuration.largestInboundFrame)
        maximumUnsentBytes = configuration.maximumUnsentBytes
        handshakeTimeout = TimeAmount(configuration.handshakeTimeout)
        logger = configuration.logger(at: endpoint)
        openedPromise = eventLoop.makePromise()
        closedPromise = eventLoop.makePromise()
    }

    /// Completes with the end of the handshake.
    var opened: EventLoopFuture<Void> { openedPromise.futureResult }
    /// Completes with the reason when the connection has ended. It never fails.
    var closed: EventLoopFuture<StreamError> { closedPromise.futureResult }
    var isOpen: Bool { failure == nil && machine.state == .open }
    var isWritable: Bool { context?.channel.isWritable ?? false }
    /// Whether the broker has said anything of the protocol yet.
    private var hasBegun: Bool { machine.state != .ready && machine.state != .awaitingPeerProperties }

    // MARK: Events of the socket

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { start() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        fail(StreamError(.connectionLost, reason: "the connection ended"))
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        start()
        context.fireChannelActive()
    }

    private func start() {
        guard handshakeTask == nil, failure == nil else { return }
        handshakeTask = eventLoop.assumeIsolated().scheduleTask(in: handshakeTimeout) {
            self.fail(StreamError(.handshakeTimedOut, reason: "the broker did not finish the handshake in time"))
        }
        send(machine.start())
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        guard failure == nil else { return }
        if !hasBegun, reader.pendingBytes == 0, let error = StreamError.reachedOther(buffer, endpoint) {
            return fail(error)
        }
        let before = reader.pendingBytes + buffer.readableBytes
        isInRead = true
        reader.feed(buffer)
        do throws(StreamWireError) {
            while failure == nil, let frame = try reader.next() { handle(try BrokerFrame(reading: frame)) }
        } catch {
            failWithGoodbye(StreamError(.protocolViolation, reason: "the peer broke the protocol: \(error)"))
        }
        machine.didRead(buffer.readableBytes, endsFrame: reader.pendingBytes < before, at: eventLoop.now)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if failure == nil { receiver?.readCompleted() }
        isInRead = false
        flush()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if isOpen { receiver?.writabilityChanged() }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(machine.lostWhileAuthenticating ?? .closedSocket(endpoint, hasBegun: hasBegun))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(machine.lostWhileAuthenticating ?? .failedSocket(error, endpoint, hasBegun: hasBegun))
    }

    private func handle(_ frame: BrokerFrame) {
        do throws(StreamError) {
            perform(try machine.received(frame))
        } catch {
            failWithGoodbye(error)
        }
    }

    func handshakeFinished() {
        handshakeTask?.cancel()
        machine.startHeartbeats(at: eventLoop.now)
        arm()
        logger.info(
            "stream connection opened",
            metadata: [
                "broker": "RabbitMQ \(machine.serverProperties["version"] ?? "unknown")",
                "frame-max": "\(machine.negotiated.frameMaximum)", "heartbeat": "\(machine.negotiated.heartbeat) s",
            ]
        )
        openedPromise.succeed()
    }

    // MARK: Writing

    /// Puts a frame of the protocol's own into the outgoing bytes and sends them. One that can't be written ends the
    /// connection.
    func send(_ frame: ClientFrame) {
        do throws(StreamWireError) {
            try output.append(frame)
            flush()
        } catch {
            fail(StreamError(.invalidArgument, reason: "\(error)"))
        }
    }

    /// Sends what was written since the last flush; while a read is processed, at its end.
    func flush() {
        guard let context, !isInRead, output.pendingBytes > 0 else { return }
        let count = output.pendingBytes
        var last: ByteBuffer?
        output.take { buffer in
            if let last { context.write(wrapOutboundOut(last), promise: nil) }
            last = buffer
        }
        guard let last else { return }
        unsentBytes += count
        machine.didWrite(at: eventLoop.now)
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in self.unsentBytes -= count }
        context.writeAndFlush(wrapOutboundOut(last), promise: written)
    }

    // MARK: Time

    /// Has ``tick()`` called when something is due.
    func arm() {
        guard failure == nil, let next = machine.nextDeadline else { return }
        if let timer {
            guard next < timer.at else { return }
            timer.scheduled.cancel()
        }
        let scheduled = eventLoop.assumeIsolated().scheduleTask(deadline: next) { [weak self] () -> Void in
            self?.tick()
        }
        timer = (scheduled, next)
    }

    private func tick() {
        timer = nil
        guard failure == nil else { return }
        let due = machine.tick(at: eventLoop.now, isReading: isReading)
        for promise in due.expired {
            promise.fail(StreamError(.timedOut, reason: "the broker did not answer in time"))
        }
        switch due.heartbeat {
        case .none: break
        case .send: send(.heartbeat)
        case .giveUp: fail(StreamError(.heartbeatTimedOut, reason: "nothing came for two heartbeat intervals"))
        }
        arm()
    }

    // MARK: Reading

    /// Stops or resumes reading, to hold the broker back.
    func setReading(_ reading: Bool) {
        guard reading != isReading, let context else { return }
        isReading = reading
        context.channel.setOption(ChannelOptions.autoRead, value: reading).whenFailure { _ in }
        if reading { context.read() }
    }

    // MARK: Closing

    /// Says goodbye and waits for the answer, at most `timeout`.
    func close(timeout: TimeAmount) {
        guard failure == nil else { return }
        setReading(true)
        guard let goodbye = machine.close() else {
            return fail(StreamError(.closed, reason: "the connection was closed"))
        }
        send(goodbye)
        closeTask = eventLoop.assumeIsolated().scheduleTask(in: timeout) {
            self.fail(StreamError(.closed, reason: "the connection was closed; the broker did not answer"))
        }
    }

    /// Ends; a peer that broke the protocol is told so.
    func failWithGoodbye(_ error: StreamError) {
        if error.code == .protocolViolation || error.code == .corruptedChunk,
            let goodbye = machine.close(code: .internalError, reason: String(error.reason.prefix(200)))
        {
            isInRead = false
            send(goodbye)
        }
        fail(error)
    }

    /// Ends everything. Only the first call has an effect.
    func fail(_ error: StreamError) {
        guard failure == nil else { return }
        var error = error
        if error.endpoint == nil { error.endpoint = endpoint }
        failure = error
        if machine.hasBeenOpen {
            logger.info("stream connection ended", metadata: ["code": "\(error.code)", "reason": "\(error.reason)"])
        }
        handshakeTask?.cancel()
        closeTask?.cancel()
        timer?.scheduled.cancel()
        for promise in machine.end() { promise.fail(error) }
        isInRead = false
        flush()
        context?.close(promise: nil)
        openedPromise.fail(error)
        let receiver = receiver
        self.receiver = nil
        receiver?.closed(error)
        closedPromise.succeed(error)
    }
}
