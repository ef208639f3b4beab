/// One header field of a request or response.
///
/// The description names the field only: a value may be a token.
package struct HTTPHeader: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    /// The name, compared without regard to case.
    package var name: String
    /// The value, without surrounding white space.
    package var value: String

    /// Creates a header field.
    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }

    /// The name, with the value hidden.
    package var description: String { "\(name): ***" }

    /// Hides the value from `dump` and string interpolation of what contains the header.
    package var customMirror: Mirror { Mirror(self, children: ["name": name]) }
}
