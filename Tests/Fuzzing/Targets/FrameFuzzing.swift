import NIOCore

@testable import AMQP

/// Takes the same bytes as one read and as many.
enum FrameFuzzing {
    static func run(_ input: inout FuzzInput) throws(FuzzFinding) {
        let lengths = ByteCuts.lengths(&input)
        var bytes: [UInt8]
        if input.isSet() {
            bytes = input.rest()
        } else {
            var written = ByteBuffer()
            while !input.isEmpty, written.readableBytes < 40_000 { PeerFrames.write(&input, to: &written) }
            bytes = Array(written.readableBytesView)
        }
        let whole = try DecoderTrace([ByteBuffer(bytes: bytes)])
        let cut = try DecoderTrace(ByteCuts.cut(bytes, lengths))
        try require(whole.seen == cut.seen, "cut at \(lengths):\n\(cut.seen)\ninstead of\n\(whole.seen)")
    }
}
