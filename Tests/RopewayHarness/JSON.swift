import Foundation

/// A JSON value read by keys, as a script of an operator would: `status.routes[0].lag.messages.int`.
///
/// What is not there reads as ``null``, so that an expectation fails rather than the test's code.
@dynamicMemberLookup
public enum JSON: Sendable, Hashable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    /// Reads a text.
    ///
    /// - Throws: a decoding error where it is not JSON.
    public init(text: String) throws {
        self = try JSONDecoder().decode(JSON.self, from: Data(text.utf8))
    }

    public subscript(dynamicMember key: String) -> JSON {
        self[key]
    }

    public subscript(key: String) -> JSON {
        guard case .object(let members) = self else { return .null }
        return members[key] ?? .null
    }

    public subscript(index: Int) -> JSON {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return .null }
        return elements[index]
    }

    /// The elements; none for what is no array.
    public var elements: [JSON] {
        guard case .array(let elements) = self else { return [] }
        return elements
    }

    /// The text; `nil` for what is no string.
    public var string: String? {
        guard case .string(let value) = self else { return nil }
        return value
    }

    /// The whole number; `nil` for what is none.
    public var int: Int? {
        guard case .number(let value) = self else { return nil }
        return Int(exactly: value)
    }

    /// The number; `nil` for what is none.
    public var double: Double? {
        guard case .number(let value) = self else { return nil }
        return value
    }

    /// The boolean; `nil` for what is none.
    public var bool: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }
}

extension JSON: Decodable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSON].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSON].self))
        }
    }
}
