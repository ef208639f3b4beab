import NIOCore
import Testing

@testable import AMQP

@Suite struct MethodTests {
    @Test("Every method reads and writes the bytes of another library", arguments: GoldenMethods.all)
    func goldenBytes(method: Method, payload: String) throws {
        var buffer = ByteBuffer(hexadecimal: payload)
        #expect(try Method(decoding: &buffer) == method)
        #expect(buffer.readableBytes == 0)
        var written = ByteBuffer()
        try method.encode(into: &written)
        #expect(written.hexadecimal == payload)
    }

    @Test("The known bytes are one for each method")
    func goldenIsComplete() {
        var random = RandomValues(seed: 0)
        let every = random.everyMethod().map(\.id)
        #expect(Set(every).count == 64)
        #expect(Set(GoldenMethods.all.map(\.method.id)) == Set(every))
    }

    @Test("Random arguments come back as they were", arguments: 0..<60 as Range<UInt64>)
    func randomRoundTrip(seed: UInt64) throws {
        var random = RandomValues(seed: seed)
        for method in random.everyMethod() {
            var buffer = ByteBuffer()
            try method.encode(into: &buffer)
            #expect(buffer.getInteger(at: 0, as: UInt32.self) == method.id.rawValue)
            #expect(try Method(decoding: &buffer) == method)
            #expect(buffer.readableBytes == 0)
        }
    }

    @Test("A method cut off anywhere throws", arguments: 100..<110 as Range<UInt64>)
    func truncation(seed: UInt64) throws {
        var random = RandomValues(seed: seed)
        for method in random.everyMethod() {
            var buffer = ByteBuffer()
            try method.encode(into: &buffer)
            for length in 0..<buffer.readableBytes {
                var part = buffer.prefix(length)
                #expect(throws: WireError.self, "\(method.id) cut to \(length) bytes") { try Method(decoding: &part) }
            }
        }
    }

    @Test("Whatever byte is changed, reading returns or throws")
    func mutation() {
        var random = RandomValues(seed: 9)
        for (_, payload) in GoldenMethods.all {
            let whole = ByteBuffer(hexadecimal: payload)
            for index in 0..<whole.readableBytes {
                for _ in 0..<8 {
                    var changed = whole
                    changed.setInteger(random.integer() as UInt8, at: index)
                    _ = try? Method(decoding: &changed)
                }
            }
        }
    }

    @Test("Bytes after the last argument throw")
    func trailingBytes() throws {
        for (method, payload) in GoldenMethods.all {
            var buffer = ByteBuffer(hexadecimal: payload + "0000")
            #expect(throws: WireError.trailingBytes(what: method.id.description, count: 2)) {
                try Method(decoding: &buffer)
            }
        }
    }

    @Test("Ids that stand for no method throw, with the ids", arguments: [(60, 7), (0, 0), (65535, 65535), (30, 10)])
    func unknownMethod(classID: UInt16, methodID: UInt16) {
        var buffer = ByteBuffer()
        buffer.writeMultipleIntegers(classID, methodID)
        #expect(throws: WireError.unknownMethod(class: classID, method: methodID)) { try Method(decoding: &buffer) }
    }

    @Test("A text that is too long throws, and nothing is written")
    func tooLarge() {
        let method = Method.basicPublish(
            BasicPublish(exchange: "e", routingKey: String(repeating: "k", count: 256))
        )
        var buffer = ByteBuffer()
        #expect(throws: WireError.tooLarge(what: "short string of 256 bytes")) { try method.encode(into: &buffer) }
        #expect(buffer.writerIndex == 0)
    }

    @Test("Content follows publish, return, deliver and get-ok, and no other method")
    func content() {
        let withContent = GoldenMethods.all.map(\.method).filter(\.hasContent).map(\.id)
        #expect(Set(withContent) == [.basicPublish, .basicReturn, .basicDeliver, .basicGetOK])
    }

    @Test("Ids have the protocol's numbers and names")
    func ids() {
        #expect(MethodID.basicDeliver.rawValue == 60 << 16 | 60)
        #expect(MethodID.exchangeUnbindOK.methodID == 51)
        #expect(MethodID.confirmSelect.classID == 85)
        #expect("\(MethodID.connectionUpdateSecretOK)" == "connection.update-secret-ok")
        #expect("\(MethodID(classID: 60, methodID: 7))" == "60.7")
    }

    @Test(
        "No description and no dump shows a secret",
        arguments: [
            Method.connectionStartOK(ConnectionStartOK(mechanism: "PLAIN", response: Array("hunter2".utf8))),
            .connectionSecureOK(ConnectionSecureOK(response: Array("hunter2".utf8))),
            .connectionUpdateSecret(ConnectionUpdateSecret(newSecret: Array("hunter2".utf8), reason: "expiry")),
        ]
    )
    func secrets(method: Method) {
        var dumped = ""
        dump(method, to: &dumped)
        let bytes = Array("hunter2".utf8).map(String.init).joined(separator: ", ")
        for text in ["\(method)", String(reflecting: method), dumped, "\(method.arguments)"] {
            #expect(!text.contains("hunter2"))
            #expect(!text.contains(bytes))
            #expect(!text.contains("104\n"))
        }
    }
}
