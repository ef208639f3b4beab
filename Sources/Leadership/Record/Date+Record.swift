#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension Date {
    /// A date as exact as the record writes it.
    package init(millisecondsSince1970 milliseconds: Int64) {
        self.init(timeIntervalSince1970: Double(milliseconds) / 1000)
    }

    /// Milliseconds since 1970, limited to the years 1 to 9999.
    package var millisecondsSince1970: Int64 {
        let milliseconds = (timeIntervalSince1970 * 1000).rounded()
        guard milliseconds.isFinite else { return 0 }
        return Int64(min(max(milliseconds, -62_135_596_800_000), 253_402_300_799_999))
    }

    /// The date as it comes back from a record.
    package var roundedToMilliseconds: Date { Date(millisecondsSince1970: millisecondsSince1970) }

    /// ISO 8601, UTC, with milliseconds: `2026-01-31T12:00:00.250Z`.
    package var recordText: String {
        let milliseconds = millisecondsSince1970
        let fraction = ((milliseconds % 1000) + 1000) % 1000
        let second = Date(millisecondsSince1970: milliseconds - fraction)
        let digits = String(1000 + fraction).dropFirst()
        return second.formatted(.iso8601).dropLast() + ".\(digits)Z"
    }

    /// Reads ISO 8601 in UTC, with or without a fraction; digits beyond milliseconds are dropped.
    package init?(recordText text: String) {
        guard text.hasSuffix("Z") else { return nil }
        let parts = text.dropLast().split(separator: ".", omittingEmptySubsequences: false)
        guard let second = try? Date(parts[0] + "Z", strategy: .iso8601), parts.count <= 2 else { return nil }
        var milliseconds = second.millisecondsSince1970
        if parts.count == 2 {
            guard !parts[1].isEmpty, parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            guard let fraction = Int64((parts[1] + "00").prefix(3)) else { return nil }
            milliseconds += fraction
        }
        self.init(millisecondsSince1970: milliseconds)
    }
}

extension KeyedDecodingContainer {
    /// Reads a date as the record writes it.
    func decodeDate(forKey key: Key) throws -> Date {
        let text = try decode(String.self, forKey: key)
        guard let date = Date(recordText: text) else {
            throw DecodingError.dataCorruptedError(
                forKey: key,
                in: self,
                debugDescription: "'\(text)' is no time in UTC"
            )
        }
        return date
    }

    /// Reads a date that may be absent.
    func decodeDateIfPresent(forKey key: Key) throws -> Date? {
        guard contains(key), try !decodeNil(forKey: key) else { return nil }
        return try decodeDate(forKey: key)
    }
}
