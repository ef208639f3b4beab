extension FieldValue: Hashable {
    /// Whether both have the same type and the same bytes on the wire.
    public static func == (left: FieldValue, right: FieldValue) -> Bool {
        switch (left, right) {
        case (.boolean(let left), .boolean(let right)): left == right
        case (.int8(let left), .int8(let right)): left == right
        case (.uint8(let left), .uint8(let right)): left == right
        case (.int16(let left), .int16(let right)): left == right
        case (.uint16(let left), .uint16(let right)): left == right
        case (.int32(let left), .int32(let right)): left == right
        case (.uint32(let left), .uint32(let right)): left == right
        case (.int64(let left), .int64(let right)): left == right
        case (.uint64(let left), .uint64(let right)): left == right
        // By bits, so that a value read from the wire always equals itself, NaN or not.
        case (.float(let left), .float(let right)): left.bitPattern == right.bitPattern
        case (.double(let left), .double(let right)): left.bitPattern == right.bitPattern
        case (.decimal(let leftScale, let left), .decimal(let rightScale, let right)):
            leftScale == rightScale && left == right
        case (.longString(let left), .longString(let right)): left == right
        case (.array(let left), .array(let right)): left == right
        case (.timestamp(let left), .timestamp(let right)): left == right
        case (.table(let left), .table(let right)): left == right
        case (.void, .void): true
        case (.byteArray(let left), .byteArray(let right)): left == right
        default: false
        }
    }

    /// Feeds the type and the bytes to the hasher.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(typeTag)
        switch self {
        case .boolean(let value): hasher.combine(value)
        case .int8(let value): hasher.combine(value)
        case .uint8(let value): hasher.combine(value)
        case .int16(let value): hasher.combine(value)
        case .uint16(let value): hasher.combine(value)
        case .int32(let value): hasher.combine(value)
        case .uint32(let value): hasher.combine(value)
        case .int64(let value): hasher.combine(value)
        case .uint64(let value): hasher.combine(value)
        case .float(let value): hasher.combine(value.bitPattern)
        case .double(let value): hasher.combine(value.bitPattern)
        case .decimal(let scale, let value):
            hasher.combine(scale)
            hasher.combine(value)
        case .longString(let bytes): hasher.combine(bytes)
        case .array(let elements): hasher.combine(elements)
        case .timestamp(let value): hasher.combine(value)
        case .table(let table): hasher.combine(table)
        case .void: break
        case .byteArray(let bytes): hasher.combine(bytes)
        }
    }
}
