/// A password or token that no description, dump or interpolation ever shows.
public struct Secret: Sendable, Equatable {
    /// The secret itself, for the one place that sends it to a broker or compares it.
    public let exposed: String

    /// Wraps a secret.
    public init(_ value: String) {
        self.exposed = value
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Always `<redacted>`.
    public var description: String { "<redacted>" }
    /// Always `<redacted>`.
    public var debugDescription: String { "<redacted>" }
    /// Without children, so that `dump` and test failures stay silent too.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
