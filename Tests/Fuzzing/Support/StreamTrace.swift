import NIOCore

@testable import RabbitStream

/// What is seen of bytes that came in these reads: every frame, or why there are no more.
struct StreamTrace: Equatable {
    private(set) var seen: [String] = []

    init(_ reads: [ByteBuffer], maximum: Int) throws(FuzzFinding) {
        var reader = FrameReader(maximum: maximum)
        var total = 0
        do throws(StreamWireError) {
            for read in reads {
                total += read.readableBytes
                reader.feed(read)
                while let frame = try reader.next() { seen.append(Self.text(frame)) }
                // What is announced takes no memory before it comes.
                guard reader.reservedBytes <= max(4 * total, 4 << 20), reader.pendingBytes <= maximum + 4 else {
                    throw .invalid(what: "MEMORY")
                }
            }
            seen.append("\(reader.pendingBytes) bytes wait")
        } catch {
            try require(error != .invalid(what: "MEMORY"), "\(reader.reservedBytes) bytes are held after \(total)")
            seen.append("\(error)")
        }
    }

    private static func text(_ frame: ByteBuffer) -> String {
        do throws(StreamWireError) {
            let decoded = try BrokerFrame(reading: frame)
            guard case .deliver(_, let committed, let bytes) = decoded else { return "\(decoded)" }
            return "deliver \(committed as Any): \(bytes.readableBytes) bytes, \(bytes.crc32)"
        } catch {
            return "\(error)"
        }
    }
}
