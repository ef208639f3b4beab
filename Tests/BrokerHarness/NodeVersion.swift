/// A version of RabbitMQ, for tests that hold a broker to what its version does.
public struct NodeVersion: Sendable, Comparable, CustomStringConvertible {
    /// The first version in which quorum queues limit deliveries, priorities and message sizes as newer ones do.
    public static let v4 = NodeVersion(numbers: [4])

    private let numbers: [Int]
    public let description: String

    /// Reads `4.0.5`, `4.1.0-rc.1`.
    ///
    /// - Returns: `nil` if the text does not begin with numbers and dots.
    public init?(_ text: String) {
        let numbers = text.prefix { $0.isNumber || $0 == "." }.split(separator: ".").compactMap { Int($0) }
        guard !numbers.isEmpty else { return nil }
        self.numbers = numbers
        self.description = text
    }

    private init(numbers: [Int]) {
        self.numbers = numbers
        self.description = numbers.map(String.init).joined(separator: ".")
    }

    public static func < (one: NodeVersion, other: NodeVersion) -> Bool {
        one.numbers.lexicographicallyPrecedes(other.numbers)
    }

    public static func == (one: NodeVersion, other: NodeVersion) -> Bool {
        one.numbers == other.numbers
    }
}
