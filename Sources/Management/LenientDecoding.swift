/// A key of a JSON object, by its name there.
struct ManagementKey: CodingKey, ExpressibleByStringLiteral {
    var stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init(stringLiteral value: String) { stringValue = value }
    init?(intValue: Int) { nil }
}

/// Reads an object of the management API, in which statistics may be missing, or have a placeholder in their place.
struct LenientObject {
    private let container: KeyedDecodingContainer<ManagementKey>

    init(_ decoder: any Decoder) throws {
        container = try decoder.container(keyedBy: ManagementKey.self)
    }

    /// A value without which the object makes no sense.
    func required<Value: Decodable>(_ key: ManagementKey) throws -> Value {
        try container.decode(Value.self, forKey: key)
    }

    /// A value that may be missing or of another type, such as `"undefined"` or `""` for an unknown number.
    func optional<Value: Decodable>(_ key: ManagementKey) -> Value? {
        (try? container.decodeIfPresent(Value.self, forKey: key)).flatMap { $0 }
    }

    /// The most messages or bytes that a queue or a node's memory is believed to hold: 2^50, a petabyte. Sums of them stay
    /// far from what an integer can hold.
    static let mostCounted: Int64 = 1 << 50

    /// A count of messages or bytes; `nil` where it is missing or can't be one.
    func count(_ key: ManagementKey) -> Int64? {
        let value: Int64? = optional(key)
        return value.flatMap { (0...Self.mostCounted).contains($0) ? $0 : nil }
    }

    /// A table, which RabbitMQ sends as `[]` when it is empty.
    func table(_ key: ManagementKey) -> [String: JSONValue] {
        optional(key) ?? [:]
    }

    /// A text, where some versions leave out an empty one.
    func text(_ key: ManagementKey) -> String {
        optional(key) ?? ""
    }

    /// Tags, which are a list, or one text with commas in older versions.
    func tags(_ key: ManagementKey) -> [String] {
        if let list: [String] = optional(key) { return list }
        return text(key).split(separator: ",").map { String($0.filter { $0 != " " }) }
    }
}

/// An element of a list that may be unreadable without spoiling the others, such as a node that is going down.
struct LenientElement<Value: Decodable>: Decodable {
    var value: Value?

    init(from decoder: any Decoder) throws {
        value = try? Value(from: decoder)
    }
}
