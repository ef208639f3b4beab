#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What a queue store held and was given, from which follows what it must hold at the least.
struct StoreDepth: Sendable {
    /// How finely it is known when what was confirmed, in parts of the history that is kept.
    private static let marksKept = 200
    private static let shortestStep: TimeInterval = 1
    /// Of the time that messages are kept, the part in which none is taken to have expired: two clocks measure it.
    private static let certainShare = 0.9

    /// The messages that it held when it was seen last, when that was, and how many of the relay's may be among them.
    private(set) var held: (count: Int, seen: Date, published: Int?)?
    /// How many the relay had been confirmed when.
    private var marks: [(time: Date, confirmed: Int)] = []
    private var step = Self.shortestStep

    /// Notes what it holds.
    ///
    /// - Parameters:
    ///   - confirmed: how many messages the relay had been confirmed before; `nil` if none runs.
    ///   - published: how many it had published afterwards, and might still be confirmed.
    mutating func note(_ count: Int, confirmed: Int?, published: Int?, at time: Date) {
        held = (count, time, published)
        guard let confirmed else { return }
        // A relay that started since counts from 0.
        if let last = marks.last, confirmed < last.confirmed { marks = [] }
        if let last = marks.last, time.timeIntervalSince(last.time) < step { return }
        marks.append((time, confirmed))
        guard marks.count > Self.marksKept else { return }
        marks = marks.enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element)
        step *= 2
    }

    /// What it must hold, where nothing has expired; `nil` where nothing is known of it.
    func expected(confirmed: Int?) -> Int? {
        guard let held else { return nil }
        guard let before = held.published, let confirmed else { return held.count }
        return held.count + max(0, confirmed - before)
    }

    /// What it must hold, where messages older than a time have expired: those that were confirmed since.
    func expected(confirmed: Int?, within retention: TimeInterval, of time: Date) -> Int? {
        guard let confirmed else { return nil }
        let certain = marks.first { time.timeIntervalSince($0.time) < retention * Self.certainShare }
        return certain.map { max(0, confirmed - $0.confirmed) }
    }
}
