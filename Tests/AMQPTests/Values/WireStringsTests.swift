import NIOCore
import Testing

@testable import AMQP

@Suite struct WireStringsTests {
    @Test("A short string holds 0 to 255 bytes", arguments: [0, 1, 255])
    func shortStrings(length: Int) throws {
        let text = String(repeating: "s", count: length)
        var buffer = ByteBuffer()
        try buffer.writeAMQPShortString(text)
        #expect(buffer.readableBytes == length + 1)
        #expect(try buffer.readAMQPShortString() == text)
        #expect(throws: WireError.truncated(what: "short string")) { try buffer.readAMQPShortString() }
    }

    @Test("The bytes of a short string survive even if they are not UTF-8")
    func shortStringBytes() throws {
        var buffer = ByteBuffer(hexadecimal: "02ff00")
        #expect(try buffer.readAMQPShortStringBytes().hexadecimal == "ff00")
        #expect(throws: WireError.truncated(what: "short string")) { try buffer.readAMQPShortStringBytes() }
    }

    @Test("A long string is any bytes")
    func longStrings() throws {
        var buffer = ByteBuffer()
        try buffer.writeAMQPLongString([0, 255])
        #expect(buffer.hexadecimal == "0000000200ff")
        var short = buffer.prefix(5)
        #expect(throws: WireError.truncated(what: "long string")) { try short.readAMQPLongString() }
        #expect(try buffer.readAMQPLongString() == [0, 255])
    }

    @Test("An error says what is wrong, in a sentence")
    func descriptions() {
        #expect("\(WireError.unknownMethod(class: 60, method: 7))".contains("class id 60 and the method id 7"))
        #expect("\(WireError.truncated(what: "long string"))".contains("long string"))
        #expect("\(WireError.tooDeep)".contains("64"))
        #expect("\(WireError.trailingBytes(what: "basic.ack", count: 3))" == "3 bytes are left over after basic.ack")
    }
}
