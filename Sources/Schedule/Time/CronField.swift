/// One field of a cron expression: the numbers that it names.
struct CronField: Sendable, Hashable {
    /// What the five fields may hold.
    enum Kind: Sendable, Hashable, CaseIterable {
        case minute, hour, day, month, weekday

        var word: String {
            switch self {
            case .minute: "minute"
            case .hour: "hour"
            case .day: "day of the month"
            case .month: "month"
            case .weekday: "day of the week"
            }
        }

        var range: ClosedRange<Int> {
            switch self {
            case .minute: 0...59
            case .hour: 0...23
            case .day: 1...31
            case .month: 1...12
            case .weekday: 0...7
            }
        }

        /// In the order of their numbers, from the range's first.
        var names: [String] {
            switch self {
            case .month: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
            case .weekday: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
            case .minute, .hour, .day: []
            }
        }

        var hint: String {
            "\(range.lowerBound) to \(range.upperBound)"
                + (names.isEmpty ? "" : " or \(names.first ?? "") to \(names.last ?? "")")
                + ", *, ranges a-b, lists a,b and steps */n or a-b/n"
        }
    }

    /// In ascending order; Sunday is 0.
    let numbers: [Int]
    /// Whether it begins with `*`: it does not restrict, or only by steps.
    let isWild: Bool

    init(_ text: Substring, _ kind: Kind) throws(ScheduleTextError) {
        isWild = text.hasPrefix("*")
        var found: Set<Int> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            for number in try Self.numbers(part, kind) { found.insert(kind == .weekday ? number % 7 : number) }
        }
        numbers = found.sorted()
    }

    func contains(_ number: Int) -> Bool { numbers.contains(number) }

    private static func numbers(_ part: Substring, _ kind: Kind) throws(ScheduleTextError) -> StrideThrough<Int> {
        let pieces = part.split(separator: "/", omittingEmptySubsequences: false)
        let wrong = ScheduleTextError("has '\(part)' as the \(kind.word)", hint: kind.hint)
        guard let span = pieces.first, !span.isEmpty, pieces.count <= 2 else { throw wrong }
        let range: ClosedRange<Int>
        let ends = span.split(separator: "-", omittingEmptySubsequences: false)
        switch (span, ends.count) {
        case ("*", _):
            range = kind == .weekday ? 0...6 : kind.range
        case (_, 1):
            guard let number = number(ends[0], kind) else { throw wrong }
            guard pieces.count == 1 else {
                throw ScheduleTextError("has '\(part)', a step without a range", hint: "such as */5 or 0-30/5")
            }
            range = number...number
        case (_, 2):
            guard let first = number(ends[0], kind), var last = number(ends[1], kind) else { throw wrong }
            // Sunday is the last day of a week as well.
            if kind == .weekday, last == 0, first > 0 { last = 7 }
            guard first <= last else {
                throw ScheduleTextError("has '\(part)', which runs backwards", hint: "write it as two ranges: a-b,c-d")
            }
            range = first...last
        default: throw wrong
        }
        guard pieces.count == 2 else { return stride(from: range.lowerBound, through: range.upperBound, by: 1) }
        guard let step = plain(pieces[1]), step > 0, step <= kind.range.upperBound else {
            throw ScheduleTextError(
                "has '\(part)', whose step can't be",
                hint: "a step is 1 to \(kind.range.upperBound)"
            )
        }
        return stride(from: range.lowerBound, through: range.upperBound, by: step)
    }

    private static func number(_ text: Substring, _ kind: Kind) -> Int? {
        if let index = kind.names.firstIndex(of: text.lowercased()) { return index + kind.range.lowerBound }
        guard let number = plain(text), kind.range.contains(number) else { return nil }
        return number
    }

    /// One or two decimal digits.
    private static func plain(_ text: Substring) -> Int? {
        guard (1...2).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }
}
