/// A cron expression in five fields: minute, hour, day of the month, month, day of the week.
///
/// Where both days are restricted, one of them is enough, as in every cron; a field that begins with `*` does not restrict.
package struct CronExpression: Sendable, Hashable {
    /// The fields with one space between them.
    package let text: String
    let minute: CronField
    let hour: CronField
    private let day: CronField
    private let month: CronField
    private let weekday: CronField

    /// More than this is no expression but a mistake.
    static let longest = 256

    /// Reads an expression.
    package init(_ text: String) throws(ScheduleTextError) {
        let hint = "minute, hour, day of the month, month and day of the week, such as 0 4 * * 1"
        guard text.utf8.count <= Self.longest else {
            throw ScheduleTextError("has \(text.utf8.count) bytes", hint: "at most \(Self.longest) are possible")
        }
        let fields = text.split { $0 == " " || $0 == "\t" }
        guard text.first != "@" else {
            throw ScheduleTextError("is a nickname of some crons", hint: "write the five fields: \(hint)")
        }
        guard fields.count == 5 else {
            throw ScheduleTextError("has \(fields.count) field\(fields.count == 1 ? "" : "s") and not five", hint: hint)
        }
        self.text = fields.joined(separator: " ")
        minute = try CronField(fields[0], .minute)
        hour = try CronField(fields[1], .hour)
        day = try CronField(fields[2], .day)
        month = try CronField(fields[3], .month)
        weekday = try CronField(fields[4], .weekday)
        guard canCome else {
            throw ScheduleTextError("never comes: no such month has such a day", hint: "correct the day or the month")
        }
    }

    /// Whether the day is one of those named.
    func includes(_ candidate: CivilDay) -> Bool {
        let (_, monthOfYear, dayOfMonth) = candidate.parts
        guard month.contains(monthOfYear) else { return false }
        let isDay = day.contains(dayOfMonth)
        let isWeekday = weekday.contains(candidate.weekday)
        return day.isWild || weekday.isWild ? isDay && isWeekday : isDay || isWeekday
    }

    private var canCome: Bool {
        guard day.isWild || weekday.isWild else { return true }
        return month.numbers.contains { month in
            // 2000 is a leap year.
            day.numbers.contains { $0 <= CivilDay.length(ofMonth: month, year: 2_000) }
        }
    }
}
