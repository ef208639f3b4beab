import Foundation

/// How the record is written as JSON: dates in milliseconds since 1970, as whole numbers, so that what is read back is what
/// was written.
package enum ScheduleCoding {
    /// What writes it.
    package static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(Int64((date.timeIntervalSince1970 * 1_000).rounded()))
        }
        return encoder
    }

    /// What reads it.
    package static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            let milliseconds = try decoder.singleValueContainer().decode(Int64.self)
            return Date(timeIntervalSince1970: Double(milliseconds) / 1_000)
        }
        return decoder
    }
}
