import NIOCore

@testable import RabbitStream

/// Takes the same bytes of the stream protocol as one read and as many.
enum StreamFrameFuzzing {
    static let maximum = 100_000

    static func run(_ input: inout FuzzInput) throws(FuzzFinding) {
        let lengths = ByteCuts.lengths(&input)
        var bytes: [UInt8]
        if input.isSet() {
            bytes = input.rest()
        } else {
            var written = ByteBuffer()
            while !input.isEmpty, written.readableBytes < 40_000 { StreamPeerFrames.write(&input, to: &written) }
            bytes = Array(written.readableBytesView)
        }
        let whole = try StreamTrace([ByteBuffer(bytes: bytes)], maximum: maximum)
        let cut = try StreamTrace(ByteCuts.cut(bytes, lengths), maximum: maximum)
        // Which bytes wait depends on where an error stops the reading.
        try require(whole == cut, "cut at \(lengths):\n\(cut.seen)\ninstead of\n\(whole.seen)")
    }
}
