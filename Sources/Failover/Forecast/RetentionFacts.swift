import Consumption
import Forecast
import Notation
import Relay
import RopewayConfiguration
import Transport

/// What a route's store retains, against what the queues of the active site may not have consumed.
struct RetentionFacts {
    var route: RouteConfiguration
    var snapshot: RouteSnapshot
    /// Where the store began when that was last looked at; `nil`: not known, or it is no stream.
    var storeStart: StreamStart?
    /// What takes messages out of the store, or out of its replay.
    var limits: CoverageJudgement.Limits
    /// The pair's epoch.
    var epoch: Int
    var log: PositionLog
    /// How much was carried since a position; `nil`: not known.
    var carried: (Position) -> VolumeLog.Volume?
    /// What the ages of messages are measured against: now, or the loss of the link; as a position, too.
    var cut: SteadyTime
    var cutPosition: Int64
    var queues: [String: ConsumptionWatch.SeenQueue]?
    var shape: ReplayShape?

    /// What is older is not replayed.
    private var oldest: Position {
        var span = limits.age
        if case .since(let since) = route.replay.window { span = min(span, since.wholeMilliseconds) }
        return Position(cutPosition - span)
    }

    private var unseen: String {
        if route.copiesStream {
            return "what the consumers of the active site have consumed is not known of a stream capture"
        }
        return switch route.replay.window {
        case .watermark: "what the consumers of the active site have consumed was not looked at yet"
        case .all: "nobody looks at what is consumed: replay.window of the route is all"
        case .since: "nobody looks at what is consumed: replay.window of the route is a time"
        }
    }

    // MARK: What is lost

    var unretained: Estimate {
        UnretainedForecast(
            queues: queues?.sorted { $0.key < $1.key }.map { name, seen in
                UnretainedForecast.Queue(name: name, outlived: outlived(seen), held: held(seen))
            },
            unseen: unseen,
            isWhole: isWhole
        ).estimate
    }

    private var isWhole: Bool {
        guard let start = storeStart, start.isWhole(ofEpoch: epoch, noneBefore: oldest.milliseconds) else {
            return false
        }
        return retained.map { fits($0) } ?? false
    }

    /// Whether the length limits leave so many messages.
    private func fits(_ messages: Int) -> Bool {
        if let most = limits.messages, messages > most { return false }
        guard let start = log.start, let volume = carried(start), volume.messages > 0 else { return true }
        let mean = Double(volume.bytes) / Double(volume.messages)
        return mean * Double(messages) < Double(limits.bytes) * CoverageJudgement.relied
    }

    /// How many messages the store holds, at most.
    private var retained: Int? {
        snapshot.store.messages.map { messages in
            // Statistics of a store are some seconds old.
            let since =
                Int(clamping: snapshot.storedSince) + Int(((snapshot.evidence.perSecond ?? 0) * 10).rounded(.up))
            return messages + since
        }
    }

    /// How many messages a queue may not have consumed that are too old to be replayed.
    private func outlived(_ seen: ConsumptionWatch.SeenQueue) -> Int? {
        guard let position = seen.proved, isWithinLengths(since: max(position, oldest)) else { return nil }
        guard position < oldest else { return 0 }
        // More than are too old: but what was routed to the queue without certainty is not counted for it.
        return carried(position).map { Int(clamping: $0.messages) }
    }

    private func isWithinLengths(since position: Position) -> Bool {
        guard let carried = carried(position) else { return false }
        if let most = limits.messages, Double(carried.messages) >= Double(most) * CoverageJudgement.relied {
            return false
        }
        return Double(carried.bytes) < Double(limits.bytes) * CoverageJudgement.relied
    }

    /// A look that may be from before the oldest message that is still replayed says nothing of older ones.
    private func held(_ seen: ConsumptionWatch.SeenQueue) -> Int? {
        guard let asked = seen.asked, cut.milliseconds - (asked.milliseconds - seen.lateness) <= limits.age else {
            return nil
        }
        return seen.held
    }

    // MARK: What is repeated

    var repeats: Estimate {
        guard let queues else {
            let known =
                retained.map { ": all that is retained is replayed, \($0) messages at most, to every queue" } ?? ""
            return RepeatsForecast(queues: nil, unseen: unseen + known).estimate
        }
        let kept = queues.compactMapValues { $0.kept?.milliseconds }
        let starts = shape?.starts(kept)
        let shares = queues.sorted { $0.key < $1.key }.compactMap { name, seen -> RepeatsForecast.Queue? in
            var start = seen.kept?.milliseconds
            if let starts {
                // A queue that the other site does not have gets nothing there.
                guard let found = starts[name] else { return nil }
                start = found
            }
            return share(name, seen, from: start.map { Position($0) })
        }
        let relay = snapshot.relay
        return RepeatsForecast(
            queues: shares,
            unseen: unseen,
            slack: (snapshot.surge ?? 0) + relay.unsettled + relay.leftUnsettled
        ).estimate
    }

    private func share(
        _ name: String,
        _ seen: ConsumptionWatch.SeenQueue,
        from start: Position?
    ) -> RepeatsForecast.Queue {
        let from = max(start ?? oldest, oldest)
        // All that the route carried: what was routed to the queue without certainty, as before its bindings were read, is
        // not counted for it.
        let most = carried(from).map { Int(clamping: $0.messages) } ?? retained
        var settled: Int?
        if let asked = seen.asked, let first = log.start, let last = log.position(at: asked - seen.lateness),
            isWithinLengths(since: max(from, first))
        {
            settled = log.counted(name, from: max(from, first), to: last).map { Int(clamping: $0.lowerBound) }
        }
        return RepeatsForecast.Queue(
            name: name,
            most: limits.messages.map { limit in most.map { min($0, limit) } } ?? most,
            isAll: start == nil,
            settled: settled,
            held: seen.held
        )
    }
}
