import NIOCore

@testable import AMQP

/// A frame that this side sent, taken apart without the code under test.
struct SentFrame: Equatable {
    var type: UInt8
    var channel: UInt16
    var payload: ByteBuffer

    var method: Method? {
        var rest = payload
        return type == 1 ? try? Method(decoding: &rest) : nil
    }

    /// Takes whole frames apart; what does not end with a frame end is no frame.
    static func all(in bytes: ByteBuffer) throws -> [SentFrame] {
        var rest = bytes
        var frames: [SentFrame] = []
        while rest.readableBytes > 0 {
            guard let type = rest.readInteger(as: UInt8.self), let channel = rest.readInteger(as: UInt16.self),
                let length = rest.readInteger(as: UInt32.self), let payload = rest.readSlice(length: Int(length)),
                rest.readInteger(as: UInt8.self) == 0xCE
            else { throw WireError.invalid(what: "sent bytes that are no frames") }
            frames.append(SentFrame(type: type, channel: channel, payload: payload))
        }
        return frames
    }
}
