import NIOCore

/// When to send a heartbeat and when to give a silent peer up.
///
/// RabbitMQ sends one each half interval and gives a client up after two silent intervals; so does this side. Any frame
/// counts, and any kilobyte of one: a peer that adds an octet now and then to a frame without an end is silent.
package struct HeartbeatMonitor {
    package enum Action: Equatable {
        case none
        case send
        case giveUp
    }

    /// Octets of an unfinished frame that count as a sign of life: 50 a second at an interval of 10 s.
    package static let partThatCounts = 1024

    package let interval: TimeAmount
    private var lastRead: NIODeadline
    private var lastWrite: NIODeadline
    /// Octets of an unfinished frame since the last sign of life.
    private var part = 0

    package init(interval: TimeAmount, now: NIODeadline) {
        self.interval = interval
        lastRead = now
        lastWrite = now
    }

    /// Notes a read of so many octets.
    package mutating func didRead(_ count: Int, endsFrame: Bool, at now: NIODeadline) {
        part += count
        guard endsFrame || part >= Self.partThatCounts else { return }
        part = 0
        lastRead = now
    }

    package mutating func didWrite(at now: NIODeadline) { lastWrite = now }

    /// How often to call ``tick(now:isReading:)``.
    package var period: TimeAmount { .nanoseconds(interval.nanoseconds / 2) }

    /// While this side does not read, the peer's silence says nothing.
    package mutating func tick(now: NIODeadline, isReading: Bool) -> Action {
        if !isReading { lastRead = now }
        if now - lastRead > .nanoseconds(interval.nanoseconds * 2) { return .giveUp }
        return now - lastWrite >= period ? .send : .none
    }
}
