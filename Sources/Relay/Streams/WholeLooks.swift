#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Looks at which a store had everything that a stream capture had: what comes later was captured after them.
struct WholeLooks: Sendable {
    private struct Look {
        var end: UInt64
        var time: Date
    }

    private static let most = 64
    private var looks: [Look] = []

    /// - Parameter end: the offset at which the capture ended.
    mutating func note(_ end: UInt64, at time: Date) {
        // One that ends before is another stream.
        looks.removeAll { $0.end >= end }
        looks.append(Look(end: end, time: time))
        if looks.count > Self.most { looks.removeFirst() }
    }

    /// The last look at which the capture ended at an offset, or before; `nil` where there is none.
    func last(before offset: UInt64) -> Date? { looks.last { $0.end <= offset }?.time }
}
