import NIOCore

/// One way through a connection: what was read at one end and not yet written at the other, in order.
final class LinkFlow {
    /// What is held without a delay, in bytes.
    private static let limit = 256 * 1_024
    /// What is held with a delay, in bytes: the bandwidth under a delay is at most this for each delay.
    private static let limitWithDelay = 64 * 1_024 * 1_024

    /// Told how many bytes were passed on.
    var passed: ((Int) -> Void)?
    /// Harms what passes; `nil` passes everything on as it came.
    var damage: DamagedStream?
    private let loop: any EventLoop
    private let source: LinkEnd
    private let sink: LinkEnd
    private var delay = TimeAmount.zero
    private var isStalled = false
    private var queue = CircularBuffer<(due: NIODeadline, bytes: ByteBuffer)>()
    private var queuedBytes = 0
    private var endDue: NIODeadline?
    private var isFinished = false
    private var timer: Scheduled<Void>?

    init(loop: any EventLoop, from source: LinkEnd, to sink: LinkEnd) {
        self.loop = loop
        self.source = source
        self.sink = sink
    }

    /// What is on its way already keeps its time; what comes later cannot overtake it.
    func set(delay: TimeAmount, isStalled: Bool) {
        self.delay = delay
        self.isStalled = isStalled
        self.pump()
    }

    func receive(_ bytes: ByteBuffer) {
        guard !self.isFinished else { return }
        guard let parts = self.damage?.apply(bytes) else { return self.enqueue(bytes, after: self.delay) }
        for part in parts { self.enqueue(part.bytes, after: self.delay + part.delay) }
        if self.damage?.end == .closed { self.end() }
    }

    private func enqueue(_ bytes: ByteBuffer, after delay: TimeAmount) {
        self.queue.append((self.loop.now + delay, bytes))
        self.queuedBytes += bytes.readableBytes
    }

    /// The source sends nothing more.
    func end() {
        guard self.endDue == nil else { return }
        self.endDue = self.loop.now + self.delay
        self.pump()
    }

    /// The sink is gone: nothing can be passed on any more, and the source is told by a close.
    func discard() {
        self.isFinished = true
        self.queue.removeAll()
        self.queuedBytes = 0
        self.timer?.cancel()
        self.timer = nil
    }

    /// Passes on what is due as far as the sink takes it, and reads more if there is room.
    func pump() {
        guard !self.isFinished, !self.isStalled else { return }
        let now = self.loop.now
        var count = 0
        while let first = self.queue.first, first.due <= now, self.sink.isWritable {
            self.queue.removeFirst()
            count += first.bytes.readableBytes
            self.sink.write(first.bytes)
        }
        if count > 0 {
            self.queuedBytes -= count
            self.passed?(count)
            self.sink.flush()
            // The flush may have failed and come back here.
            guard !self.isFinished else { return }
        }
        if let next = self.queue.first?.due ?? self.endDue, next > now {
            self.wake(at: next)
        } else if self.queue.isEmpty, self.endDue != nil {
            self.finish()
        }
        let limit = self.delay > .zero ? Self.limitWithDelay : Self.limit
        if self.endDue == nil, self.sink.isActive, self.queuedBytes < limit {
            self.source.requestRead()
        }
    }

    private func finish() {
        // A connection that is still being made is closed by who makes it.
        guard self.sink.isActive else { return }
        self.isFinished = true
        if self.source.hasEnded {
            self.sink.close()
        } else {
            self.sink.closeOutput()
        }
    }

    private func wake(at due: NIODeadline) {
        guard self.timer == nil else { return }
        let bound = NIOLoopBound(self, eventLoop: self.loop)
        self.timer = self.loop.scheduleTask(deadline: due) {
            bound.value.timer = nil
            bound.value.pump()
        }
    }
}
