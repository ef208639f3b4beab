import Notation

/// Durations and sizes as the configuration and the command line write them.
package enum Quantity {
    private static let durationUnits: [(suffix: String, milliseconds: Int64)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1),
    ]
    private static let decimalUnits: [(suffix: String, bytes: Int)] = [
        ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000),
    ]
    private static let binaryUnits: [(suffix: String, bytes: Int)] = [
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10),
    ]

    /// The duration that a text such as `500ms`, `5s`, `15m`, `1h` or `7d` means; `nil` for any other text.
    package static func duration(_ text: String) -> Duration? {
        guard let (number, suffix) = Self.split(text),
            let unit = Self.durationUnits.first(where: { $0.suffix == suffix })
        else { return nil }
        let (milliseconds, overflow) = Int64(number).multipliedReportingOverflow(by: unit.milliseconds)
        return overflow ? nil : .milliseconds(milliseconds)
    }

    /// The number of bytes that a text such as `4096`, `500KB`, `10GB` (10⁹ each) or `4GiB` (2³⁰ each) means; `nil`
    /// for any other text.
    package static func bytes(_ text: String) -> Int? {
        guard let (number, suffix) = Self.split(text) else { return nil }
        if suffix.isEmpty { return number }
        guard let unit = (Self.decimalUnits + Self.binaryUnits).first(where: { $0.suffix == suffix }) else {
            return nil
        }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: unit.bytes)
        return overflow ? nil : bytes
    }

    /// The shortest text that ``duration(_:)`` reads as this duration, rounded down to a millisecond.
    package static func text(_ duration: Duration) -> String {
        let milliseconds = duration.wholeMilliseconds
        if milliseconds == 0 { return "0s" }
        for unit in Self.durationUnits where milliseconds % unit.milliseconds == 0 {
            return "\(milliseconds / unit.milliseconds)\(unit.suffix)"
        }
        return "\(milliseconds)ms"
    }

    /// The shortest text that ``bytes(_:)`` reads as this number of bytes.
    package static func text(bytes: Int) -> String {
        if bytes == 0 { return "0" }
        for unit in Self.decimalUnits + Self.binaryUnits where bytes % unit.bytes == 0 {
            return "\(bytes / unit.bytes)\(unit.suffix)"
        }
        return "\(bytes)"
    }

    /// Digits and what follows them; `nil` without digits, with a leading zero or beyond 15 digits.
    private static func split(_ text: String) -> (number: Int, suffix: String)? {
        let digits = text.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard !digits.isEmpty, digits.count <= 15, digits.count == 1 || digits.first != UInt8(ascii: "0"),
            let number = Int(String(Substring(digits)))
        else { return nil }
        return (number, String(text.utf8.dropFirst(digits.count)) ?? "")
    }
}
