/// Up to when everything that was delivered in a virtual host is known to be acknowledged or returned.
///
/// A channel that holds nothing at an instant holds nothing that it got before. What a channel held that closed was
/// returned. So if every channel was seen idle, each at an instant of its own, then everything delivered before the
/// first of these instants is settled. A channel that isn't told of yet, since figures are late, had its first delivery
/// after all of them.
///
/// It takes every channel of the virtual host: nothing tells which ones hold messages of a queue. Its list of consumers
/// has neither one that was cancelled and keeps what it had, nor one that fetched (`basic.get`), nor do `deliveries` of
/// its details (seen on 3.10.8).
package struct ChannelCensus: Sendable, Hashable {
    /// How many channels it follows; of a virtual host with more, nothing is known.
    package static let limit = 20_000

    package struct Report: Sendable, Hashable {
        /// Everything delivered before is settled. `nil`: some channel was never seen idle.
        package var settledBefore: SteadyTime?
        /// How many channels were never seen idle.
        package var busy: Int

        package init(settledBefore: SteadyTime?, busy: Int) {
            self.settledBefore = settledBefore
            self.busy = busy
        }
    }

    package struct Channel: Sendable, Hashable {
        /// Its name with the connection's: unique while it lives.
        package var id: String
        /// `messages_unacknowledged`. `nil`: not told, so not idle.
        package var unacknowledged: UInt64?

        package init(id: String, unacknowledged: UInt64?) {
            self.id = id
            self.unacknowledged = unacknowledged
        }
    }

    /// By channel, before when it was idle once.
    private var idle: [String: SteadyTime] = [:]
    /// What the last census says. `nil`: there was none, or it had too many channels.
    package private(set) var report: Report?

    package init() {}

    /// Takes a complete list of the virtual host's channels, asked for at an instant.
    package mutating func observe(_ channels: [Channel], sent: SteadyTime, settings: JudgementSettings) {
        guard channels.count <= Self.limit else {
            idle = [:]
            report = nil
            return
        }
        let instant = sent - settings.lateness
        var next: [String: SteadyTime] = [:]
        for channel in channels {
            next[channel.id] = channel.unacknowledged == 0 ? instant : idle[channel.id]
        }
        idle = next
        let busy = channels.count - next.count
        report = Report(settledBefore: busy == 0 ? next.values.min() ?? instant : nil, busy: busy)
    }
}
