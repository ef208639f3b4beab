import NIOCore

/// `confirm.select`. Has the server confirm every publish on the channel from now on.
public struct ConfirmSelect: MethodArguments {
    /// 85.10, `confirm.select`.
    public static let id = MethodID.confirmSelect

    /// Whether the server sends no answer if all is well.
    public var noWait: Bool

    /// The method with these arguments.
    public init(noWait: Bool = false) {
        self.noWait = noWait
    }

    /// Reads the arguments.
    public init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        noWait = try buffer.readAMQPInteger("bits", as: UInt8.self) & 1 != 0
    }

    /// Writes the arguments.
    public func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(noWait ? 1 : 0, as: UInt8.self)
    }

    /// The method, wrapped.
    public var method: Method { .confirmSelect(self) }
}

/// `confirm.select-ok`. Publishes will be confirmed.
public struct ConfirmSelectOK: MethodArguments {
    /// 85.11, `confirm.select-ok`.
    public static let id = MethodID.confirmSelectOK

    /// The method; it has no arguments.
    public init() {}

    /// Reads the arguments. There are none.
    public init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {}

    /// Writes the arguments. There are none.
    public func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {}

    /// The method, wrapped.
    public var method: Method { .confirmSelectOK(self) }
}
