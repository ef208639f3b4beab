/// One field of a ``FieldTable``.
public struct FieldTableEntry: Sendable, Hashable {
    /// The field's name: at most 255 bytes of UTF-8, else writing it throws ``WireError/tooLarge(what:)``.
    ///
    /// RabbitMQ does not check that names are UTF-8. In a name that is not, reading replaces the offending bytes by
    /// U+FFFD.
    public var name: String
    /// The field's value.
    public var value: FieldValue

    /// A field of this name and value.
    public init(name: String, value: FieldValue) {
        self.name = name
        self.value = value
    }
}
