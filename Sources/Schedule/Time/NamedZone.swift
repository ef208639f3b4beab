import Foundation

/// A zone of the IANA database, such as `Europe/Berlin`: its rules are those that this program was built with.
package struct NamedZone: Sendable, Hashable {
    /// Its name.
    package let name: String
    private let zone: TimeZone

    /// Finds a zone.
    package init(_ name: String) throws(ScheduleTextError) {
        // Abbreviations and bare offsets have no summer time, or that of a place one would not guess.
        guard name == "UTC" || name.contains("/"), name.utf8.count <= 64, let zone = TimeZone(identifier: name) else {
            throw ScheduleTextError(
                "is not a zone that is known here",
                hint: "the IANA name of a place, such as Europe/Berlin, or UTC"
            )
        }
        self.name = name
        self.zone = zone
    }

    /// What a clock on the wall shows more than UTC at an instant, in seconds.
    func offset(at seconds: Int) -> Int { zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds))) }

    /// What a time on the wall means.
    enum Meaning: Sendable, Hashable {
        case once(Int)
        /// Clocks are put back over it.
        case twice(Int, Int)
        /// Clocks are put forward over it, at this instant.
        case never(change: Int)
    }

    /// - Parameter local: the time on the wall, in seconds since 1970 as if it were UTC.
    /// - Returns: the instants, in seconds since 1970.
    func meaning(of local: Int) -> Meaning {
        // No offset is a day long, and no zone changes twice in two days.
        let before = local - CivilDay.seconds
        let after = local + CivilDay.seconds
        let (early, late) = (offset(at: before), offset(at: after))
        let (first, second) = (local - early, local - late)
        switch (offset(at: first) == early, offset(at: second) == late) {
        case (true, true): return first == second ? .once(first) : .twice(min(first, second), max(first, second))
        case (true, false): return .once(first)
        case (false, true): return .once(second)
        case (false, false): return .never(change: change(between: before, and: after))
        }
    }

    private func change(between first: Int, and last: Int) -> Int {
        var (low, high) = (first, last)
        let early = offset(at: low)
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if offset(at: middle) == early { low = middle } else { high = middle }
        }
        return high
    }

    package static func == (one: NamedZone, other: NamedZone) -> Bool { one.name == other.name }

    package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
