/// Up to when everything that was delivered in a virtual host is known to be acknowledged or returned.
///
/// A channel that holds nothing at an instant holds nothing that it got before. What a channel held that closed was
/// returned. So if every channel was seen idle, each at an instant of its own, then everything delivered before the
/// first of these instants is settled. A channel that isn't told of yet, since figures are late, had its first delivery
/// after all of them: so one that a complete list does not have counts as idle at the instant of that list.
///
/// It takes everything in the virtual host that can hold a message: nothing tells which ones hold messages of a queue. The
/// list of consumers has neither one that was cancelled and keeps what it had, nor one that fetched (`basic.get`), nor do
/// `deliveries` of a queue's details (seen on 3.10.8). Connections of protocols that RabbitMQ serves without channels, and
/// consumers without one, stand for themselves: nothing tells that they hold nothing.
///
/// A node whose figures are missing in an answer looks like one whose channels have closed. So a channel is taken for
/// closed only once lists have not had it for as long as figures may be late.
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

    private struct Seen: Sendable, Hashable {
        /// Before when it was idle once.
        var idle: SteadyTime?
        /// Since when lists don't have it.
        var missingSince: SteadyTime?
    }

    private var seen: [String: Seen] = [:]
    /// The instant of the last list. `nil`: there was none.
    private var last: SteadyTime?
    /// From when on what lists have not had is new. Before, it may have been missing in the first ones.
    private var newFrom: SteadyTime?
    /// What the last census says. `nil`: there was none, or it had too many channels.
    package private(set) var report: Report?

    package init() {}

    /// Takes a complete list of the virtual host's channels, asked for at an instant.
    package mutating func observe(_ channels: [Channel], sent: SteadyTime, settings: JudgementSettings) {
        guard channels.count <= Self.limit else {
            self = ChannelCensus()
            return
        }
        let instant = sent - settings.lateness
        if let last, instant < last { return }
        let newFrom = newFrom ?? sent + settings.lateness
        self.newFrom = newFrom
        let before = sent >= newFrom ? last : nil
        var next: [String: Seen] = [:]
        for channel in channels {
            let known = seen[channel.id].map(\.idle) ?? before
            // One that is told twice is idle if both are.
            let told = channel.unacknowledged == 0 ? instant : known
            let other = next[channel.id]
            next[channel.id] = Seen(idle: other.map { min($0.idle, told) } ?? told)
        }
        for (id, var channel) in seen where next[id] == nil {
            let missingSince = channel.missingSince ?? sent
            guard sent < missingSince + settings.lateness else { continue }
            channel.missingSince = missingSince
            next[id] = channel
        }
        seen = next
        last = instant
        let busy = next.values.reduce(0) { $0 + ($1.idle == nil ? 1 : 0) }
        report = Report(settledBefore: busy == 0 ? next.values.compactMap(\.idle).min() ?? instant : nil, busy: busy)
    }

    private func min(_ one: SteadyTime?, _ other: SteadyTime?) -> SteadyTime? {
        guard let one, let other else { return nil }
        return Swift.min(one, other)
    }
}
