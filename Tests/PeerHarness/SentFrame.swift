import NIOCore

@testable import AMQP

/// A frame that this side sent, taken apart without the code under test.
package struct SentFrame: Equatable {
    package var type: UInt8
    package var channel: UInt16
    package var payload: ByteBuffer

    package init(type: UInt8, channel: UInt16, payload: ByteBuffer) {
        self.type = type
        self.channel = channel
        self.payload = payload
    }

    package var method: Method? {
        var rest = payload
        return type == 1 ? try? Method(decoding: &rest) : nil
    }

    /// Takes whole frames apart; what does not end with a frame end is no frame.
    package static func all(in bytes: ByteBuffer) throws -> [SentFrame] {
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
