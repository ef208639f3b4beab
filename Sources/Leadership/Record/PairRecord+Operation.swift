#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension PairRecord {
    /// How a promotion is made.
    package enum OperationKind: String, Sendable, Hashable, Codable, CaseIterable {
        /// Both sites answer and nothing is lost; it undoes itself if it can't finish.
        case planned
        /// Nothing of the other site is needed.
        case forced
    }

    /// A promotion that is under way. Where its replay has got to is no part of it: that is in the route's cursor.
    package struct Operation: Sendable, Hashable {
        /// Unique for ever.
        package var id: String
        /// How it is made.
        package var kind: OperationKind
        /// The site that becomes active.
        package var site: String
        /// The step whose intent was written last.
        package var step: String
        /// When it started, to the millisecond.
        package let started: Date
        /// The instant that the ages of messages are measured against, to the millisecond; `nil` until there is one.
        package var cut: Date? {
            didSet { cut = cut?.roundedToMilliseconds }
        }
        /// From when the site that was active had to be silent, to the millisecond; `nil` before the new epoch, and where
        /// it is not known.
        package var silent: Date? {
            didSet { silent = silent?.roundedToMilliseconds }
        }
        /// What it works on; `nil` in a record of an earlier version of Ropeway.
        package var plan: Plan?
        /// What the replay of each route works on, by the route's name.
        package var stores: [String: Store]
        /// What it was to lose and repeat; `nil` for a planned one, and where nobody forecast it.
        package var forecast: Forecast?
        /// What was accepted of that.
        package var consent: Consent?

        /// Creates an operation.
        package init(
            id: String,
            kind: OperationKind,
            site: String,
            step: String,
            started: Date,
            cut: Date? = nil,
            silent: Date? = nil,
            plan: Plan? = nil,
            stores: [String: Store] = [:]
        ) {
            self.id = id
            self.kind = kind
            self.site = site
            self.step = step
            self.started = started.roundedToMilliseconds
            self.cut = cut?.roundedToMilliseconds
            self.silent = silent?.roundedToMilliseconds
            self.plan = plan
            self.stores = stores
        }
    }

    /// What is known of a route's store once an operation has looked at it.
    package struct Store: Sendable, Hashable {
        /// How many messages the window has; `nil` if unknown.
        package var count: Int?
        /// The first offset of the window in a stream; `nil` if unknown, or no stream.
        package var firstOffset: UInt64?
        /// The id of the message that marks the end of what is replayed; `nil` if there is none.
        package var seal: String?
        /// The offset of that message in a stream; `nil` if there is none.
        package var sealOffset: Int64?
        /// When the relay saw the newest message of a stream: milliseconds since 1970; `nil` if that is not known.
        package var newest: Int64?
        /// What of it is replayed, where the consumed positions are known; `nil`: all that its limits leave.
        package var window: Window?

        /// Creates what is known of a store.
        package init(
            count: Int? = nil,
            firstOffset: UInt64? = nil,
            seal: String? = nil,
            sealOffset: Int64? = nil,
            newest: Int64? = nil,
            window: Window? = nil
        ) {
            self.count = count
            self.firstOffset = firstOffset
            self.seal = seal
            self.sealOffset = sealOffset
            self.newest = newest
            self.window = window
        }
    }
}

extension PairRecord.Operation: Codable {
    private enum CodingKeys: String, CodingKey {
        case id
        case kind
        case site
        case step
        case started
        case cut
        case silent
        case plan
        case stores
        case forecast
        case consent
    }

    /// Reads an operation.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decode(String.self, forKey: .id)
        kind = try container.decode(PairRecord.OperationKind.self, forKey: .kind)
        site = try container.decode(String.self, forKey: .site)
        step = try container.decode(String.self, forKey: .step)
        started = try container.decodeDate(forKey: .started)
        cut = try container.decodeDateIfPresent(forKey: .cut)
        silent = try container.decodeDateIfPresent(forKey: .silent)
        plan = try container.decodeIfPresent(PairRecord.Plan.self, forKey: .plan)
        stores = try container.decodeTable(PairRecord.Store.self, forKey: .stores)
        forecast = try container.decodeIfPresent(PairRecord.Forecast.self, forKey: .forecast)
        consent = try container.decodeIfPresent(PairRecord.Consent.self, forKey: .consent)
    }

    /// Writes the operation.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(kind, forKey: .kind)
        try container.encode(site, forKey: .site)
        try container.encode(step, forKey: .step)
        try container.encode(started.recordText, forKey: .started)
        try container.encodeIfPresent(cut?.recordText, forKey: .cut)
        try container.encodeIfPresent(silent?.recordText, forKey: .silent)
        try container.encodeIfPresent(plan, forKey: .plan)
        if !stores.isEmpty { try container.encode(stores, forKey: .stores) }
        try container.encodeIfPresent(forecast, forKey: .forecast)
        try container.encodeIfPresent(consent, forKey: .consent)
    }
}

extension PairRecord.Store: Codable {
    private enum CodingKeys: String, CodingKey {
        case count
        case firstOffset = "first_offset"
        case seal
        case details
    }

    private enum DetailKeys: String, CodingKey {
        case sealOffset = "seal_offset"
        case newest
        case window
    }

    /// Reads what is known of a store. RabbitMQ gives an empty object back as an empty array.
    package init(from decoder: any Decoder) throws {
        self.init()
        if decoder.isEmptyArray { return }
        let container = try decoder.container(keyedBy: CodingKeys.self)
        count = try container.decodeIfPresent(Int.self, forKey: .count)
        firstOffset = try container.decodeIfPresent(UInt64.self, forKey: .firstOffset)
        seal = try container.decodeIfPresent(String.self, forKey: .seal)
        if container.contains(.details), try !container.superDecoder(forKey: .details).isEmptyArray {
            let details = try container.nestedContainer(keyedBy: DetailKeys.self, forKey: .details)
            sealOffset = try details.decodeIfPresent(Int64.self, forKey: .sealOffset)
            newest = try details.decodeIfPresent(Int64.self, forKey: .newest)
            window = try details.decodeIfPresent(PairRecord.Window.self, forKey: .window)
        }
        let numbers = [count.map { Int64($0) }, firstOffset.map { Int64(clamping: $0) }, sealOffset]
        guard numbers.allSatisfy({ (0...Int64(PairRecord.largestNumber)).contains($0 ?? 0) }) else {
            throw DecodingError.dataCorruptedError(
                forKey: .count,
                in: container,
                debugDescription: "a count or an offset that can't be: \(numbers.compactMap(\.self))"
            )
        }
        guard window?.isOrdered != false else {
            throw DecodingError.dataCorruptedError(
                forKey: .details,
                in: container,
                debugDescription: "a window whose positions do not grow"
            )
        }
    }

    /// Writes what is known of the store.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(count, forKey: .count)
        try container.encodeIfPresent(firstOffset, forKey: .firstOffset)
        try container.encodeIfPresent(seal, forKey: .seal)
        guard sealOffset != nil || newest != nil || window != nil else { return }
        var details = container.nestedContainer(keyedBy: DetailKeys.self, forKey: .details)
        try details.encodeIfPresent(sealOffset, forKey: .sealOffset)
        try details.encodeIfPresent(newest, forKey: .newest)
        try details.encodeIfPresent(window, forKey: .window)
    }
}

extension KeyedDecodingContainer {
    /// Reads an object that may be absent, or an empty array in its place, as which RabbitMQ gives back an empty one.
    fileprivate func decodeTable<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> [String: Value] {
        guard contains(key), try !superDecoder(forKey: key).isEmptyArray else { return [:] }
        return try decode([String: Value].self, forKey: key)
    }
}

extension Decoder {
    /// Whether the value is an array without elements.
    fileprivate var isEmptyArray: Bool { (try? unkeyedContainer())?.isAtEnd ?? false }
}
