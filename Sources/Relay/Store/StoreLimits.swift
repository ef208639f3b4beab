import Management
import Notation
import RopewayConfiguration

/// What the limits of a standby store are on the broker.
struct StoreLimits: Sendable, Equatable {
    let standby: RouteConfiguration.Standby
    /// What it keeps, which may be more than the configuration says.
    let retention: StoreRetention

    init(standby: RouteConfiguration.Standby, retention: StoreRetention? = nil) {
        self.standby = standby
        self.retention = retention ?? StoreRetention(standby)
    }

    /// The smallest and the largest segment of a stream, in bytes.
    static let segmentRange = 1_000_000...100_000_000

    /// How many segments the messages of one `ttl` should span: a broker drops whole segments, and always keeps one.
    private static let segmentsInWindow = 20.0

    /// How long the broker keeps messages, as streams want it: in whole seconds, rounded up.
    var maxAge: String { "\((retention.age - 1) / 1000 + 1)s" }

    /// The size of a stream's segments, in bytes: small against the part of the length that one `ttl` fills.
    var segmentBytes: Int {
        let ttl = standby.timeToLive / .milliseconds(1)
        let share = min(1, ttl / Double(StoreRetention(standby).age))
        let bytes = Double(standby.maxLengthBytes) * share / Self.segmentsInWindow
        return min(max(Int(bytes), Self.segmentRange.lowerBound), Self.segmentRange.upperBound)
    }

    /// What the store's policy sets. The number of messages is no limit that streams have: replay counts.
    var definition: [String: JSONValue] {
        var definition: [String: JSONValue] = ["max-length-bytes": .integer(Int64(retention.bytes))]
        switch standby.type {
        case .stream:
            definition["max-age"] = .string(maxAge)
        case .quorum, .classic:
            definition["message-ttl"] = .integer(retention.age)
            definition["overflow"] = "drop-head"
            if let maxLength = retention.messages { definition["max-length"] = .integer(Int64(maxLength)) }
        }
        return definition
    }
}
