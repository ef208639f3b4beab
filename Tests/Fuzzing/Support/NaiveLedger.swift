/// The bookkeeping of a window in the most obvious way, for ``ConfirmLedger`` to be compared with.
package struct NaiveLedger {
    package enum State { case held, sent, returned, refused, diverted, settled }

    package init() {}

    package var states: [State] = []
    package var tags: [UInt64] = []
    /// The publishes that were not spoken of yet, in their order.
    package var outstanding: [(sequence: UInt64, slot: Int)] = []
    /// Tags that the source was told of, singly or by a later one.
    package var acknowledged: Set<UInt64> = []

    /// How many slots are settled without a hole before them.
    package var settledPrefix: Int { states.firstIndex { $0 != .settled } ?? states.count }
    package var refusedCount: Int { states.count { $0 == .refused } }

    package mutating func apply(sequence: UInt64, isMultiple: Bool, isPositive: Bool) {
        let covered = outstanding.filter { $0.sequence == sequence || (isMultiple && $0.sequence < sequence) }
        outstanding.removeAll { $0.sequence == sequence || (isMultiple && $0.sequence < sequence) }
        for (_, slot) in covered {
            switch states[slot] {
            case .returned: states[slot] = .diverted
            case .sent: states[slot] = isPositive ? .settled : .refused
            case .held, .refused, .diverted, .settled: break
            }
        }
    }
}
