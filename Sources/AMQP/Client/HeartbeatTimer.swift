import NIOCore
import Transport

/// Sends a connection's heartbeats, and notices when those of the broker stay away. Confined to the event loop.
final class HeartbeatTimer {
    private let eventLoop: any EventLoop
    private var monitor: HeartbeatMonitor
    private var scheduled: Scheduled<Void>?
    private let act: (HeartbeatMonitor.Action) -> Void
    private let isReading: () -> Bool

    /// - Parameters:
    ///   - isReading: whether the connection reads: what it does not read is not missed.
    ///   - act: does what is due.
    init(
        interval: UInt16,
        on eventLoop: any EventLoop,
        isReading: @escaping () -> Bool,
        act: @escaping (HeartbeatMonitor.Action) -> Void
    ) {
        self.eventLoop = eventLoop
        self.isReading = isReading
        self.act = act
        monitor = HeartbeatMonitor(interval: .seconds(Int64(interval)), now: eventLoop.now)
        schedule()
    }

    func didRead(_ count: Int, endsFrame: Bool) { monitor.didRead(count, endsFrame: endsFrame, at: eventLoop.now) }

    func didWrite() { monitor.didWrite(at: eventLoop.now) }

    func stop() { scheduled?.cancel() }

    private func schedule() {
        scheduled = eventLoop.assumeIsolated().scheduleTask(in: monitor.period) { [weak self] in
            guard let self else { return }
            let action = self.monitor.tick(now: self.eventLoop.now, isReading: self.isReading())
            self.schedule()
            self.act(action)
        }
    }
}
