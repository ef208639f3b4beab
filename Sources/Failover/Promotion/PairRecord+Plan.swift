import Leadership
import Relay

extension PairRecord.Store {
    /// What the record keeps of a route's plan, so that a resumed replay takes the same messages.
    init(_ plan: Replay.Plan, seal: String) {
        self.init(count: plan.contents?.messages ?? plan.depth, seal: plan.contents == nil ? nil : seal)
        if let contents = plan.contents {
            firstOffset = contents.firstOffset.map { UInt64($0) }
            sealOffset = contents.sealOffset
            newest = contents.newest
        }
        window = plan.window
    }

    var plan: Replay.Plan? {
        guard let count else { return nil }
        guard seal != nil else { return Replay.Plan(contents: nil, depth: count, window: window) }
        guard let sealOffset else { return nil }
        return Replay.Plan(
            contents: StreamContents(
                messages: count,
                sealOffset: sealOffset,
                firstOffset: firstOffset.map { Int64($0) },
                newest: newest
            ),
            depth: nil,
            window: window
        )
    }
}
