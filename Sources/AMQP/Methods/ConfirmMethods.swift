import NIOCore

/// `confirm.select`. Has the server confirm every publish on the channel from now on.
struct ConfirmSelect: MethodArguments {
    /// 85.10, `confirm.select`.
    static let id = MethodID.confirmSelect

    /// Whether the server sends no answer if all is well.
    var noWait: Bool

    /// The method with these arguments.
    init(noWait: Bool = false) {
        self.noWait = noWait
    }

    /// Reads the arguments.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {
        noWait = try buffer.readAMQPInteger("bits", as: UInt8.self) & 1 != 0
    }

    /// Writes the arguments.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {
        buffer.writeInteger(noWait ? 1 : 0, as: UInt8.self)
    }

    /// The method, wrapped.
    var method: Method { .confirmSelect(self) }
}

/// `confirm.select-ok`. Publishes will be confirmed.
struct ConfirmSelectOK: MethodArguments {
    /// 85.11, `confirm.select-ok`.
    static let id = MethodID.confirmSelectOK

    /// The method; it has no arguments.
    init() {}

    /// Reads the arguments. There are none.
    init(decodingArguments buffer: inout ByteBuffer) throws(WireError) {}

    /// Writes the arguments. There are none.
    func encodeArguments(into buffer: inout ByteBuffer) throws(WireError) {}

    /// The method, wrapped.
    var method: Method { .confirmSelectOK(self) }
}
