import Foundation

/// A cron expression by the clocks of a zone.
///
/// Where the hour is given, a time that clocks are put forward over happens at the instant of the change, and one that they
/// are put back over happens once, the first time. Where the hour begins with `*`, it happens by the clock on the wall: not
/// in the hour that is skipped, and twice in the hour that comes twice.
package struct Recurrence: Sendable, Hashable {
    /// When, by the clock on the wall.
    package let expression: CronExpression
    /// Whose clock.
    package let zone: NamedZone

    /// Leap days are eight years apart at most.
    private static let searchedDays = 9 * 366

    /// Creates a recurrence.
    package init(_ expression: CronExpression, zone: NamedZone) {
        self.expression = expression
        self.zone = zone
    }

    /// The first instant after another one; `nil` where none comes within nine years.
    package func next(after date: Date) -> Date? {
        // Beyond these, what zones do is nobody's guess, and numbers overflow.
        guard date > Date(timeIntervalSince1970: -62_000_000_000), date < Date(timeIntervalSince1970: 250_000_000_000)
        else { return nil }
        let start = Int(date.timeIntervalSince1970.rounded(.down))
        let first = CivilDay(localSeconds: start + zone.offset(at: start)).previous
        var day = first
        while day.number < first.number + Self.searchedDays {
            if let found = soonest(on: day, after: start) {
                // Over a change, a time of the next day may come before one of this.
                return Date(
                    timeIntervalSince1970: Double(soonest(on: day.next, after: start).map { min($0, found) } ?? found)
                )
            }
            day = day.next
        }
        return nil
    }

    private func soonest(on day: CivilDay, after start: Int) -> Int? {
        guard expression.includes(day) else { return nil }
        let midnight = day.localSeconds
        let offset = zone.offset(at: midnight - CivilDay.seconds)
        let isPlain = offset == zone.offset(at: midnight + 2 * CivilDay.seconds)
        var soonest: Int?
        for hour in expression.hour.numbers {
            for minute in expression.minute.numbers {
                let local = midnight + hour * 3_600 + minute * 60
                if isPlain {
                    // The first one is the soonest.
                    if local - offset > start { return local - offset }
                    continue
                }
                for instant in instants(of: local) where instant > start {
                    soonest = min(soonest ?? instant, instant)
                }
            }
        }
        return soonest
    }

    private func instants(of local: Int) -> [Int] {
        switch zone.meaning(of: local) {
        case .once(let instant): [instant]
        case .twice(let first, let second): expression.hour.isWild ? [first, second] : [first]
        case .never(let change): expression.hour.isWild ? [] : [change]
        }
    }
}
