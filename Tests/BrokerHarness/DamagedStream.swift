import NIOCore

/// Applies the wounds of one direction to its bytes as they come.
struct DamagedStream {
    /// What is passed on, how late, and whether the connection goes on afterwards.
    struct Part {
        var bytes: ByteBuffer
        var delay: TimeAmount
    }

    enum End {
        case open
        /// Closed once what came before is passed on.
        case closed
        /// Nothing more is passed on.
        case silent
    }

    private var wounds: ArraySlice<LinkDamage.Wound>
    private var position = 0
    private var delay = TimeAmount.zero
    private(set) var end = End.open

    init(_ wounds: [LinkDamage.Wound]) { self.wounds = wounds[...] }

    /// What becomes of the bytes of one read.
    mutating func apply(_ bytes: ByteBuffer) -> [Part] {
        var rest = bytes
        var parts: [Part] = []
        func pass(_ bytes: ByteBuffer?) {
            guard let bytes, bytes.readableBytes > 0 else { return }
            parts.append(Part(bytes: bytes, delay: delay))
        }
        while rest.readableBytes > 0, end == .open {
            guard let wound = wounds.first, wound.position < position + rest.readableBytes else { break }
            let sound = rest.readSlice(length: max(0, wound.position - position))
            pass(sound)
            position += sound?.readableBytes ?? 0
            // A wound is as long as the read has bytes.
            let harmed = rest.readSlice(length: min(wound.length, rest.readableBytes)) ?? ByteBuffer()
            position += harmed.readableBytes
            wounds.removeFirst()
            switch wound.fault {
            case .change: pass(ByteBuffer(bytes: harmed.readableBytesView.map { $0 ^ UInt8(1 + wound.strength % 255) }))
            case .drop: break
            case .duplicate:
                pass(harmed)
                pass(harmed)
            case .delay:
                delay = .milliseconds(Int64(wound.strength))
                pass(harmed)
            case .truncate: end = .closed
            case .silence: end = .silent
            }
        }
        guard end == .open else { return parts }
        position += rest.readableBytes
        pass(rest)
        return parts
    }
}
