import Foundation
import Notation

extension ScheduleEntry: Codable {
    private enum CodingKeys: String, CodingKey {
        case id, site, at, every, zone, grace, who, when, why, cancelled
        case lagLimit = "lag_limit"
        case expectedEpoch = "expected_epoch"
        case timeout
    }

    /// Reads an entry of the record.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func wrong(_ key: CodingKeys, _ error: ScheduleTextError) -> DecodingError {
            DecodingError.dataCorruptedError(forKey: key, in: container, debugDescription: error.description)
        }
        func duration(_ key: CodingKeys) throws -> Duration? {
            try container.decodeIfPresent(Int64.self, forKey: key).map { .milliseconds($0) }
        }
        let timing: Timing
        if let text = try container.decodeIfPresent(String.self, forKey: .at) {
            do throws(ScheduleTextError) {
                timing = .at(try RFC3339.date(text), text: text)
            } catch {
                throw wrong(.at, error)
            }
        } else {
            let expression = try container.decode(String.self, forKey: .every)
            let zone = try container.decode(String.self, forKey: .zone)
            do throws(ScheduleTextError) {
                timing = .every(Recurrence(try CronExpression(expression), zone: try NamedZone(zone)))
            } catch {
                throw wrong(.every, error)
            }
        }
        self.init(
            id: try container.decode(String.self, forKey: .id),
            site: try container.decode(String.self, forKey: .site),
            timing: timing,
            grace: try duration(.grace) ?? Self.defaultGrace,
            lagLimit: try duration(.lagLimit),
            expectedEpoch: try container.decodeIfPresent(Int.self, forKey: .expectedEpoch),
            timeout: try duration(.timeout),
            who: try container.decode(String.self, forKey: .who),
            when: try container.decode(Date.self, forKey: .when),
            why: try container.decodeIfPresent(String.self, forKey: .why)
        )
        cancelled = try container.decodeIfPresent(Cancellation.self, forKey: .cancelled)
    }

    /// Writes an entry.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(site, forKey: .site)
        switch timing {
        case .at(_, let text):
            try container.encode(text, forKey: .at)
        case .every(let recurrence):
            try container.encode(recurrence.expression.text, forKey: .every)
            try container.encode(recurrence.zone.name, forKey: .zone)
        }
        try container.encode(grace.wholeMilliseconds, forKey: .grace)
        try container.encodeIfPresent(lagLimit?.wholeMilliseconds, forKey: .lagLimit)
        try container.encodeIfPresent(expectedEpoch, forKey: .expectedEpoch)
        try container.encodeIfPresent(timeout?.wholeMilliseconds, forKey: .timeout)
        try container.encode(who, forKey: .who)
        try container.encode(when ?? .distantPast, forKey: .when)
        try container.encodeIfPresent(why, forKey: .why)
        try container.encodeIfPresent(cancelled, forKey: .cancelled)
    }
}
