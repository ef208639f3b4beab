import NIOCore

/// The arguments of one method. Each method has a type of its own.
protocol MethodArguments: Sendable, Hashable {
    /// The method's ids.
    static var id: MethodID { get }

    /// Reads the arguments, which follow the ids in a method frame, and leaves what comes after them.
    ///
    /// - Throws: ``WireError`` for bytes that end too early, and a bad table.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError)

    /// Writes the arguments without the ids.
    ///
    /// - Throws: ``WireError/tooLarge(what:)`` for a text beyond 255 bytes, and what writing a table throws. Some
    ///   of the arguments may be written then.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError)

    /// The method with these arguments.
    var method: Method { get }
}

extension MethodArguments {
    /// Writes a method frame's payload: class id, method id and arguments.
    ///
    /// - Throws: ``WireError/tooLarge(what:)`` for a text beyond 255 bytes, and what writing a table throws. Nothing is
    ///   written then.
    func encode(into buffer: inout ByteBuffer) throws(WireError) {
        try buffer.writeAllOrNothing { (buffer) throws(WireError) in
            buffer.writeInteger(Self.id.rawValue)
            try encodeArguments(into: &buffer)
        }
    }
}
