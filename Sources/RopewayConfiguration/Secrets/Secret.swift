/// A password or token that no description, dump or interpolation ever shows.
package struct Secret: Sendable, Equatable {
    /// The secret itself, for the one place that sends it to a broker or compares it.
    package let exposed: String

    /// Wraps a secret.
    package init(_ value: String) {
        self.exposed = value
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Always `<redacted>`.
    package var description: String { "<redacted>" }
    /// Always `<redacted>`.
    package var debugDescription: String { "<redacted>" }
    /// Without children, so that `dump` and test failures stay silent too.
    package var customMirror: Mirror { Mirror(self, children: []) }
}
