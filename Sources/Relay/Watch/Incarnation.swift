#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What tells a queue of Ropeway's from one of the same name that was created again.
///
/// It is an argument of the declaration. RabbitMQ keeps it and looks at it no further: a declaration with another one
/// leaves the queue and its argument as they are (seen on 3.10.8 and 4.0.5, classic, quorum and stream).
enum Incarnation {
    static let key = "x-ropeway-incarnation"

    /// One that no other queue has: when it was made, in milliseconds since 1970, and something random.
    static func fresh() -> String {
        let milliseconds = Int64(Date().timeIntervalSince1970 * 1000)
        return "\(milliseconds)-\(String(UInt32.random(in: .min ... .max), radix: 36))"
    }

    /// When the queue was made, by the clock of whoever made it.
    static func made(_ incarnation: String) -> Date? {
        guard let milliseconds = incarnation.split(separator: "-").first.flatMap({ Int64($0) }) else { return nil }
        return Date(timeIntervalSince1970: Double(milliseconds) / 1000)
    }
}
