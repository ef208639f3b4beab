/// A version of RabbitMQ, for tests that hold a broker to what its version does.
public struct NodeVersion: Sendable, Comparable, CustomStringConvertible {
    /// From this version on messages are held in a form that is common to all protocols, and quorum queues limit how often
    /// a message is delivered.
    public static let v4 = NodeVersion(numbers: [4])

    /// The largest body in bytes that a node takes unless it is configured otherwise.
    public var largestMessage: Int {
        self < .v4 ? 128 * 1024 * 1024 : 16 * 1024 * 1024
    }

    /// Whether what comes out of any queue has its headers in the order of their names. Older nodes do so only where they
    /// add a header, as in quorum queues.
    public var sortsHeaders: Bool {
        self >= .v4
    }

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
