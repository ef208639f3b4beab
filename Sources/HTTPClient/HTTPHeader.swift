/// One header field of a request or response.
///
/// The description names the field only: a value may be a token.
public struct HTTPHeader: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    /// The name, compared without regard to case.
    public var name: String
    /// The value, without surrounding white space.
    public var value: String

    /// Creates a header field.
    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }

    /// The name, with the value hidden.
    public var description: String { "\(name): ***" }

    /// Hides the value from `dump` and string interpolation of what contains the header.
    public var customMirror: Mirror { Mirror(self, children: ["name": name]) }
}
