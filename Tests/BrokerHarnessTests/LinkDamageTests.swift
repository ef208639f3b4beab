import NIOCore
import Testing

@testable import BrokerHarness

@Suite("Bytes that a link harms")
struct LinkDamageTests {
    private static let bytes: [UInt8] = Array(0..<20)

    /// What comes out of a stream with one wound of three bytes at the fifth, whatever reads the bytes come in.
    private static func harmed(_ fault: LinkDamage.Fault, reads: Int) -> (bytes: [UInt8], stream: DamagedStream) {
        var stream = DamagedStream([.init(fault: fault, position: 5, length: 3, strength: 16)])
        var result: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: bytes.count / reads) {
            let read = ByteBuffer(bytes: bytes[start..<(start + bytes.count / reads)])
            for part in stream.apply(read) { result += part.bytes.readableBytesView }
        }
        return (result, stream)
    }

    @Test("are changed, dropped, doubled, or cut off where the wound is", arguments: [1, 2])
    func faults(reads: Int) {
        #expect(Self.harmed(.change, reads: reads).bytes == [0, 1, 2, 3, 4, 20, 23, 22] + Array(8..<20))
        #expect(Self.harmed(.drop, reads: reads).bytes == Array(0..<5) + Array(8..<20))
        #expect(Self.harmed(.duplicate, reads: reads).bytes == Array(0..<8) + Array(5..<20))
        #expect(Self.harmed(.delay, reads: reads).bytes == Self.bytes)
        let (cut, closed) = Self.harmed(.truncate, reads: reads)
        #expect(cut == Array(0..<5) && closed.end == .closed)
        let (heard, silent) = Self.harmed(.silence, reads: reads)
        #expect(heard == Array(0..<5) && silent.end == .silent)
    }

    @Test("are harmed the same by the same seed, and one connection in eight is spared")
    func seeds() {
        func all(_ seed: UInt64) -> [String] {
            (1...4000).map { "\(LinkDamage(seed: seed).wounds(ofConnection: $0))" }
        }
        #expect(all(7) == all(7))
        #expect(all(7) != all(8))
        let spared = (1...4000).count {
            let wounds = LinkDamage(seed: 7).wounds(ofConnection: $0)
            return wounds.toClient.isEmpty && wounds.toTarget.isEmpty
        }
        #expect((300...700).contains(spared), "\(spared)")
    }
}
