import Foundation

/// An instant as RFC 3339 writes it, such as `2026-12-06T02:00:00+01:00`.
///
/// Stricter than the RFC where that leaves something to guess: the offset is there and known, the letters are capital, and
/// there is no leap second, which no clock here shows.
package enum RFC3339 {
    private static let example = "such as 2026-12-06T02:00:00+01:00"

    /// The instant that a text means, to the millisecond.
    package static func date(_ text: String) throws(ScheduleTextError) -> Date {
        var reader = Reader(Array(text.utf8))
        let isNoTime = ScheduleTextError("is not a time by RFC 3339", hint: example)
        guard let year = reader.digits(4), reader.take("-"), let month = reader.digits(2), reader.take("-"),
            let day = reader.digits(2)
        else { throw isNoTime }
        guard let date = CivilDay(year: year, month: month, day: day) else {
            throw ScheduleTextError("names a day that no calendar has", hint: example)
        }
        guard reader.take("T"), let hour = reader.digits(2), reader.take(":"), let minute = reader.digits(2),
            reader.take(":"), let second = reader.digits(2)
        else { throw isNoTime }
        guard hour < 24, minute < 60, second < 60 else {
            throw ScheduleTextError("names a time that no day has", hint: "00:00:00 to 23:59:59, \(example)")
        }
        var milliseconds = 0
        if reader.take(".") {
            guard let fraction = reader.fraction() else { throw isNoTime }
            milliseconds = fraction
        }
        let offset = try Self.offset(&reader, isNoTime)
        guard reader.isAtEnd else { throw isNoTime }
        let seconds = date.localSeconds + hour * 3_600 + minute * 60 + second - offset
        return Date(timeIntervalSince1970: Double(seconds * 1_000 + milliseconds) / 1_000)
    }

    private static func offset(
        _ reader: inout Reader,
        _ isNoTime: ScheduleTextError
    ) throws(ScheduleTextError) -> Int {
        if reader.take("Z") { return 0 }
        if reader.isAtEnd {
            throw ScheduleTextError("has no offset from UTC", hint: "add Z or an offset, \(example)")
        }
        let isBehind = reader.take("-")
        guard isBehind || reader.take("+"), let hours = reader.digits(2), reader.take(":"),
            let minutes = reader.digits(2), hours < 24, minutes < 60
        else { throw isNoTime }
        if isBehind, hours == 0, minutes == 0 {
            throw ScheduleTextError("has the offset -00:00, which says that it is not known", hint: "write Z for UTC")
        }
        return (hours * 3_600 + minutes * 60) * (isBehind ? -1 : 1)
    }

    /// The instant in UTC, to the second.
    package static func text(_ date: Date) -> String {
        let seconds = Int(date.timeIntervalSince1970.rounded(.down))
        let day = CivilDay(localSeconds: seconds)
        let (year, month, dayOfMonth) = day.parts
        let rest = seconds - day.localSeconds
        func padded(_ number: Int, _ width: Int = 2) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return "\(padded(year, 4))-\(padded(month))-\(padded(dayOfMonth))T\(padded(rest / 3_600)):"
            + "\(padded(rest / 60 % 60)):\(padded(rest % 60))Z"
    }

    private struct Reader {
        private let bytes: [UInt8]
        private var position = 0

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        var isAtEnd: Bool { position == bytes.count }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
            position += 1
            return true
        }

        private mutating func digit() -> Int? {
            guard position < bytes.count, (0x30...0x39).contains(bytes[position]) else { return nil }
            position += 1
            return Int(bytes[position - 1]) - 0x30
        }

        mutating func digits(_ count: Int) -> Int? {
            var number = 0
            for _ in 0..<count {
                guard let digit = digit() else { return nil }
                number = number * 10 + digit
            }
            return number
        }

        /// Milliseconds; digits beyond them are dropped.
        mutating func fraction() -> Int? {
            var milliseconds = 0
            var scale = 100
            guard var digit = digit() else { return nil }
            while true {
                milliseconds += digit * scale
                scale /= 10
                guard let next = self.digit() else { return milliseconds }
                digit = next
            }
        }
    }
}
