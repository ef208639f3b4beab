import NIOCore

/// When to send a heartbeat and when to give a silent peer up.
///
/// RabbitMQ sends one each half interval and gives a client up after two silent intervals; so does this side. Any
/// traffic counts.
struct HeartbeatMonitor {
    enum Action: Equatable {
        case none
        case send
        case giveUp
    }

    let interval: TimeAmount
    private var lastRead: NIODeadline
    private var lastWrite: NIODeadline

    init(interval: TimeAmount, now: NIODeadline) {
        self.interval = interval
        lastRead = now
        lastWrite = now
    }

    mutating func didRead(at now: NIODeadline) { lastRead = now }
    mutating func didWrite(at now: NIODeadline) { lastWrite = now }

    /// How often to call ``tick(now:isReading:)``.
    var period: TimeAmount { .nanoseconds(interval.nanoseconds / 2) }

    /// While this side does not read, the peer's silence says nothing.
    mutating func tick(now: NIODeadline, isReading: Bool) -> Action {
        if !isReading { lastRead = now }
        if now - lastRead > .nanoseconds(interval.nanoseconds * 2) { return .giveUp }
        return now - lastWrite >= period ? .send : .none
    }
}
