import ControlModel
import FoundationEssentials

/// How numbers, times and names read; what isn't known is `unknown`, never 0 or nothing.
enum Shown {
    /// The word for what isn't known.
    static let unknown = "unknown"

    /// A count with its thousands apart, such as `91,735`.
    static func count(_ number: Int?) -> String {
        guard let number else { return Self.unknown }
        var digits = String(number.magnitude)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return (number < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
    }

    /// Messages a second.
    static func rate(_ rate: Double?) -> String {
        guard let rate, rate.isFinite, abs(rate) < 1e15 else { return Self.unknown }
        return abs(rate) < 10 && rate != rate.rounded()
            ? Self.decimal(rate, digits: 1) : Self.count(Int(rate.rounded()))
    }

    /// A time in seconds: `0.41 s`, `12 s`, `4m12s`, `23h58m`, `12d04h`.
    static func seconds(_ seconds: Double?) -> String {
        guard let seconds, seconds.isFinite, abs(seconds) < 1e12 else { return Self.unknown }
        let sign = seconds < 0 ? "-" : ""
        let size = abs(seconds)
        if size == 0 { return "0 s" }
        if size < 10 { return "\(sign)\(Self.decimal(size, digits: 2)) s" }
        let whole = Int(size.rounded())
        if whole < 60 { return "\(sign)\(whole) s" }
        if whole < 3_600 { return "\(sign)\(whole / 60)m\(Self.padded(whole % 60))s" }
        if whole < 86_400 { return "\(sign)\(whole / 3_600)h\(Self.padded(whole % 3_600 / 60))m" }
        return "\(sign)\(whole / 86_400)d\(Self.padded(whole % 86_400 / 3_600))h"
    }

    /// A size, such as `225.9 MB`.
    static func bytes(_ bytes: Int?) -> String {
        guard let bytes else { return Self.unknown }
        let units = [("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)]
        for (name, size) in units where Double(bytes) >= size {
            return "\(Self.decimal(Double(bytes) / size, digits: 1)) \(name)"
        }
        return "\(bytes) B"
    }

    /// An instant in UTC, such as `2026-12-01 10:00:00Z`.
    static func date(_ date: Date?) -> String {
        guard let date else { return Self.unknown }
        return date.formatted(
            .iso8601.year().month().day().dateTimeSeparator(.space).time(includingFractionalSeconds: false)
        ) + "Z"
    }

    /// A text without characters that move the cursor of a terminal or change its colours: names on brokers may hold any.
    ///
    /// - Parameters:
    ///   - keepingColours: whether it was painted with a ``TextStyle``, whose own codes stay.
    ///   - keepingLines: whether it has lines of its own. What a broker said is one line: a line feed in it would make
    ///     up another one.
    static func safe(_ text: String, keepingColours: Bool = false, keepingLines: Bool = false) -> String {
        func escaped(_ text: String) -> String { Self.escaped(text, keepingLines: keepingLines) }
        guard keepingColours else { return escaped(text) }
        var rest = text[...]
        var shown = ""
        while let start = rest.firstRange(of: "\u{1B}[") {
            shown += escaped(String(rest[..<start.lowerBound]))
            rest = rest[start.lowerBound...]
            if let code = TextStyle.codes.first(where: { rest.hasPrefix($0) }) {
                shown += code
                rest = rest.dropFirst(code.count)
            } else {
                shown += escaped(String(rest.prefix(1)))
                rest = rest.dropFirst()
            }
        }
        return shown + escaped(String(rest))
    }

    private static func escaped(_ text: String, keepingLines: Bool) -> String {
        var shown = ""
        for scalar in text.unicodeScalars {
            let isControl = scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
            if isControl, !keepingLines || scalar != "\n" {
                shown += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                shown.unicodeScalars.append(scalar)
            }
        }
        return shown
    }

    /// A name, or `unknown`.
    static func name(_ name: String?) -> String { name ?? Self.unknown }

    /// A number with a fixed count of digits after the point.
    static func decimal(_ number: Double, digits: Int) -> String {
        let scale = digits == 1 ? 10.0 : 100.0
        let scaled = Int((number.magnitude * scale).rounded())
        let fraction = String(scaled % Int(scale))
        let zeros = String(repeating: "0", count: digits - fraction.count)
        return "\(number < 0 ? "-" : "")\(scaled / Int(scale)).\(zeros)\(fraction)"
    }

    private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    /// What is wrong, since when, and what to do, each on a line of its own.
    static func error(_ error: ErrorReport, about subject: String) -> [String] {
        let since = error.since.map { " since \(Self.date($0))" } ?? ""
        var lines = ["\(Self.safe(subject, keepingColours: true)): \(Self.safe(error.message)) [\(error.code)\(since)]"]
        if !error.hint.isEmpty { lines.append("  -> \(Self.safe(error.hint))") }
        return lines
    }
}
