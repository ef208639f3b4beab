import NIOCore
import Testing

@testable import RabbitStream

@Suite("Frames of the stream protocol, as a socket brings them")
struct FrameReaderTests {
    private static func frame(_ payload: [UInt8]) -> [UInt8] {
        withUnsafeBytes(of: UInt32(payload.count).bigEndian, Array.init) + payload
    }

    @Test("are the same however they are cut", arguments: [1, 2, 3, 4, 5, 7, 11, 64, 1000])
    func cuts(size: Int) throws {
        // Given frames of many sizes
        let payloads = [4, 5, 100, 4, 3000, 17].map { count in (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7) } }
        let bytes = payloads.flatMap(Self.frame)
        // When they come in pieces
        var reader = FrameReader(maximum: 4000)
        var found: [[UInt8]] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            reader.feed(ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)]))
            while let frame = try reader.next() { found.append(Array(frame.readableBytesView)) }
        }
        // Then they are what was sent, and nothing is left
        #expect(found == payloads)
        #expect(reader.pendingBytes == 0)
    }

    @Test("that are larger than the limit are refused at their length")
    func tooLarge() throws {
        var reader = FrameReader(maximum: 100)
        reader.feed(ByteBuffer(bytes: [0, 0, 0, 101]))
        #expect(throws: StreamWireError.frameTooLarge(size: 101, maximum: 100)) { try reader.next() }
    }

    @Test("that are smaller than a key and a version are refused")
    func tooSmall() throws {
        var reader = FrameReader(maximum: 100)
        reader.feed(ByteBuffer(bytes: [0, 0]))
        #expect(try reader.next() == nil)
        reader.feed(ByteBuffer(bytes: [0, 3]))
        #expect(throws: StreamWireError.self) { try reader.next() }
    }

    @Test("that are announced large take memory as they come")
    func memory() throws {
        // Given the length of a frame of 60 MiB
        var reader = FrameReader(maximum: 64 << 20)
        reader.feed(ByteBuffer(bytes: [3, 192, 0, 0] + Array(repeating: 0, count: 100)))
        // When no more comes
        #expect(try reader.next() == nil)
        // Then little is held for it
        #expect(reader.reservedBytes <= 2 << 20)
    }
}
