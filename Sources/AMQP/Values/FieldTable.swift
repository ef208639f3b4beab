/// A list of named values: the headers of a message, the arguments of a declaration, the properties of a peer.
///
/// The order of the fields is kept, and so are fields of the same name: what was read is written back as it was.
/// Reading by name finds the first of them.
public struct FieldTable: Sendable, Hashable {
    /// How many levels of tables and arrays may be nested, the outermost table included: 64.
    ///
    /// AMQP sets no limit. This one is far above what applications use, and keeps hostile bytes from using up the
    /// stack.
    public static let maximumDepth = 64

    /// The fields, in the order of the wire.
    public var fields: [FieldTableEntry]

    /// An empty table.
    public init() {
        fields = []
    }

    /// A table of these names and values, in this order; duplicates stay.
    public init(_ fields: some Sequence<(String, FieldValue)>) {
        self.fields = fields.map { FieldTableEntry(name: $0.0, value: $0.1) }
    }

    /// Whether the table has no field.
    public var isEmpty: Bool { fields.isEmpty }

    /// The number of fields, duplicates included.
    public var count: Int { fields.count }

    /// Adds a field at the end, whether or not there is one of that name already.
    public mutating func append(_ name: String, _ value: FieldValue) {
        fields.append(FieldTableEntry(name: name, value: value))
    }

    /// The first field of this name.
    ///
    /// Setting a value puts it in the place of the first field of the name, or at the end, and removes further ones.
    /// Setting `nil` removes all of them.
    public subscript(name: String) -> FieldValue? {
        get {
            fields.first { $0.name == name }?.value
        }
        set {
            let place = fields.firstIndex { $0.name == name }
            guard let newValue else {
                if place != nil { fields.removeAll { $0.name == name } }
                return
            }
            guard let place else { return append(name, newValue) }
            fields[place].value = newValue
            var first = true
            fields.removeAll { field in
                guard field.name == name else { return false }
                defer { first = false }
                return !first
            }
        }
    }
}

extension FieldTable: ExpressibleByDictionaryLiteral {
    /// A table in the order of the literal; duplicates stay.
    public init(dictionaryLiteral elements: (String, FieldValue)...) {
        self.init(elements)
    }
}
