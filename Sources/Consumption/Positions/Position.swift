/// A place in what a route carries: the `x-ropeway-time` of a message, in milliseconds since 1970.
///
/// Within a route's epoch it never goes back, and a message that the source delivered again counts at its last place.
package struct Position: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    /// Milliseconds since 1970.
    package var milliseconds: Int64

    package init(_ milliseconds: Int64) { self.milliseconds = milliseconds }

    package init(from decoder: any Decoder) throws {
        milliseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(milliseconds)
    }

    package static func < (one: Position, other: Position) -> Bool { one.milliseconds < other.milliseconds }

    package var description: String { "\(milliseconds)" }
}
