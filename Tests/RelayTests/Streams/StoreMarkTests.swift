import AMQP
import NIOCore
import Testing

@testable import Relay

@Suite("The marks that close the copies of an epoch")
struct StoreMarkTests {
    private static func epoch(_ name: String) -> Int? { Array(name.utf8).withUnsafeBytes { StoreMark.epoch(of: $0) } }

    @Test("tell their epoch by their name, and nothing else does")
    func names() {
        #expect(Self.epoch(StoreMark.name(epoch: 3, generation: 0)) == 3)
        #expect(Self.epoch(StoreMark.name(epoch: 12_345, generation: 7)) == 12_345)
        for other in [
            "", "barrier", "barrier/", "barrier/x/0", "4d2c1f94-173b-4adc-a9eb-ea4fba978096",
            "barrier/99999999999999/0",
        ] {
            #expect(Self.epoch(other) == nil)
        }
    }

    @Test("are one AMQP 1.0 message: the name among the application properties, no body")
    func message() {
        let bytes = Array(StoreMark.message(epoch: 1, generation: 0).readableBytesView)
        let properties = "\u{2}\u{A1}\u{E}x-ropeway-seal".unicodeScalars.map { UInt8($0.value) }
        let name = "\u{A1}\u{B}barrier/1/0".unicodeScalars.map { UInt8($0.value) }
        let map = properties + name
        #expect(
            bytes == [0x00, 0x53, 0x74, 0xC1, UInt8(map.count)] + map
                + [0x00, 0x53, 0x75, 0xA0, 0x00]
        )
    }

    @Test("an id is the same for the same place, and tells stores and places apart")
    func derived() {
        func bytes(_ incarnation: String, _ offset: Int64) -> ByteBuffer {
            var buffer = ByteBuffer()
            DerivedEnvelope(incarnation: incarnation, origin: "dc1", epoch: 1).write(
                offset: offset,
                time: 7,
                to: &buffer
            )
            return buffer
        }
        #expect(bytes("a", 5) == bytes("a", 5))
        #expect(bytes("a", 5) != bytes("b", 5))
        #expect(bytes("a", 5) != bytes("a", 6))
    }
}
