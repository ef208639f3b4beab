#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension PairRecord {
    /// What an operation works on, as it was when the operation began: a configuration that is changed later, or is not
    /// at hand where the operation is resumed, changes nothing about it.
    package struct Plan: Sendable, Hashable, Codable {
        /// The routes.
        package var routes: [PlannedRoute]

        /// Creates a plan.
        package init(routes: [PlannedRoute]) {
            self.routes = routes
        }
    }

    /// What a promotion has to know of a route. Times are in milliseconds; words are those of the configuration.
    package struct PlannedRoute: Sendable, Hashable, Codable {
        package var name: String
        package var exchange: String
        /// The type of the standby store: `stream`, `quorum` or `classic`.
        package var store: String
        package var ttl: Int64
        package var hold: Int64
        package var maxLength: Int?
        package var maxLengthBytes: Int
        /// Up to how many bytes the store kept what may be unconsumed, whatever the other limits say; `nil`: not at all.
        package var protectedBytes: Int?
        /// How far back the replay goes; `nil` is all that the limits leave.
        package var since: Int64?
        /// Whether each queue gets only what it may not have consumed, where that is known.
        package var usesWatermarks: Bool
        /// Messages a second; `nil` is no limit.
        package var rate: Int?
        package var trustsUserID: Bool
        /// The type of the capture for the way back; `nil` is chosen by the site's version.
        package var capture: String?
        package var captureMaxLengthBytes: Int
        package var acceptsRoutingChange: Bool
        /// What is captured; `nil` is what the exchange's other bindings say.
        package var bindings: [PlannedBinding]?

        /// Creates a description of a route.
        package init(
            name: String,
            exchange: String,
            store: String,
            ttl: Int64,
            hold: Int64,
            maxLength: Int? = nil,
            maxLengthBytes: Int,
            protectedBytes: Int? = nil,
            since: Int64? = nil,
            usesWatermarks: Bool = false,
            rate: Int? = nil,
            trustsUserID: Bool = false,
            capture: String? = nil,
            captureMaxLengthBytes: Int,
            acceptsRoutingChange: Bool = false,
            bindings: [PlannedBinding]? = nil
        ) {
            self.name = name
            self.exchange = exchange
            self.store = store
            self.ttl = ttl
            self.hold = hold
            self.maxLength = maxLength
            self.maxLengthBytes = maxLengthBytes
            self.protectedBytes = protectedBytes
            self.since = since
            self.usesWatermarks = usesWatermarks
            self.rate = rate
            self.trustsUserID = trustsUserID
            self.capture = capture
            self.captureMaxLengthBytes = captureMaxLengthBytes
            self.acceptsRoutingChange = acceptsRoutingChange
            self.bindings = bindings
        }

        /// Reads a route; a plan of an earlier version knows of no watermarks and no protection.
        package init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            name = try container.decode(String.self, forKey: .name)
            exchange = try container.decode(String.self, forKey: .exchange)
            store = try container.decode(String.self, forKey: .store)
            ttl = try container.decode(Int64.self, forKey: .ttl)
            hold = try container.decode(Int64.self, forKey: .hold)
            maxLength = try container.decodeIfPresent(Int.self, forKey: .maxLength)
            maxLengthBytes = try container.decode(Int.self, forKey: .maxLengthBytes)
            protectedBytes = try container.decodeIfPresent(Int.self, forKey: .protectedBytes)
            since = try container.decodeIfPresent(Int64.self, forKey: .since)
            usesWatermarks = try container.decodeIfPresent(Bool.self, forKey: .usesWatermarks) ?? false
            rate = try container.decodeIfPresent(Int.self, forKey: .rate)
            trustsUserID = try container.decode(Bool.self, forKey: .trustsUserID)
            capture = try container.decodeIfPresent(String.self, forKey: .capture)
            captureMaxLengthBytes = try container.decode(Int.self, forKey: .captureMaxLengthBytes)
            acceptsRoutingChange = try container.decode(Bool.self, forKey: .acceptsRoutingChange)
            bindings = try container.decodeIfPresent([PlannedBinding].self, forKey: .bindings)
        }

        private enum CodingKeys: String, CodingKey {
            case name, exchange, store, ttl, hold, since, rate, capture, bindings
            case usesWatermarks = "uses_watermarks"
            case maxLength = "max_length"
            case maxLengthBytes = "max_length_bytes"
            case protectedBytes = "protected_bytes"
            case trustsUserID = "trusts_user_id"
            case captureMaxLengthBytes = "capture_max_length_bytes"
            case acceptsRoutingChange = "accepts_routing_change"
        }
    }

    /// A binding of a capture. A list rather than an object for the arguments: RabbitMQ gives an empty object back as an
    /// empty array.
    package struct PlannedBinding: Sendable, Hashable, Codable {
        package var key: String
        package var arguments: [Argument]

        /// Creates a binding.
        package init(key: String, arguments: [Argument]) {
            self.key = key
            self.arguments = arguments
        }

        /// One argument; one of the values is there.
        package struct Argument: Sendable, Hashable, Codable {
            package var name: String
            package var text: String?
            package var number: Int64?
            package var flag: Bool?

            /// Creates an argument.
            package init(name: String, text: String? = nil, number: Int64? = nil, flag: Bool? = nil) {
                self.name = name
                self.text = text
                self.number = number
                self.flag = flag
            }
        }
    }

    /// Where the instant comes from that the ages of messages are measured against.
    package enum Cut: Sendable, Hashable {
        /// When the operation began, or committed.
        case atCommit
        /// When the link was lost.
        case linkLoss(Date)
        /// Not known: the newest stored message stands for it.
        case unknown
    }
}
