import FoundationEssentials

/// How reports are written and read as JSON: keys sorted, dates in ISO 8601 and UTC.
package enum ReportCoding {
    /// The JSON of a report, on one line unless `pretty`.
    ///
    /// - Throws: `EncodingError`, which no report of this module causes.
    package static func encode(_ report: some Encodable, pretty: Bool = false) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
        encoder.dateEncodingStrategy = .iso8601
        return try Array(encoder.encode(report))
    }

    /// Reads a report.
    ///
    /// - Throws: `DecodingError` where it isn't one.
    package static func decode<Report: Decodable>(
        _ type: Report.Type,
        from bytes: some Sequence<UInt8>
    ) throws -> Report {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return try decoder.decode(type, from: Data(bytes))
    }
}
