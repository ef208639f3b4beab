import NIOCore

extension ByteBuffer {
    /// The bytes that the hexadecimal digits stand for.
    init(hexadecimal digits: String) {
        self.init()
        var rest = digits[...]
        while rest.count >= 2 {
            writeInteger(UInt8(rest.prefix(2), radix: 16) ?? 0)
            rest = rest.dropFirst(2)
        }
    }

    /// The readable bytes as hexadecimal digits.
    var hexadecimal: String {
        readableBytesView.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// The first readable bytes, as a buffer that has nothing else.
    func prefix(_ length: Int) -> ByteBuffer {
        ByteBuffer(bytes: readableBytesView.prefix(length))
    }
}
