import AMQP
import NIOCore

/// The headers that Ropeway puts on stored and replayed messages.
package enum EnvelopeHeaders {
    /// What every header of Ropeway starts with; those on a message that comes in are replaced.
    static let prefix: StaticString = "x-ropeway-"
    /// Which message it is: a text that stays the same when a replay repeats it.
    package static let id = "x-ropeway-id"
    /// When the relay first saw it: milliseconds since 1970, UTC.
    package static let time = "x-ropeway-time"
    /// The site that it was published on.
    package static let origin = "x-ropeway-origin"
    /// The pair's epoch at that time.
    package static let epoch = "x-ropeway-epoch"
    /// The raw property flags and list of the original, where the store would change them.
    package static let properties = "x-ropeway-properties"
    /// `true` on every message that a replay published.
    package static let replayed = "x-ropeway-replayed"
    /// On the last message of a stream that is replayed: the operation that sealed it.
    package static let seal = "x-ropeway-seal"
    /// On a message that Ropeway put behind everything captured, to see it come out: its id. It is not stored.
    package static let sentinel = "x-ropeway-sentinel"

    /// Whether a header does not belong to the application: Ropeway's own, and what brokers add while they deliver.
    @inline(__always)
    package static func isForeign(_ raw: UnsafeRawBufferPointer, _ name: Range<Int>) -> Bool {
        guard raw.starts(name, with: "x-") else { return false }
        return raw.starts(name, with: prefix) || BrokerHeaders.contain(raw, name)
    }
}

/// Encodes single entries of a header table.
package struct HeaderEncoder {
    package init() {}

    package private(set) var buffer = ByteBuffer()

    mutating func text(_ name: String, _ value: String) {
        start(name, "S")
        buffer.writeInteger(UInt32(value.utf8.count))
        buffer.writeString(value)
    }

    mutating func integer(_ name: String, _ value: Int64) {
        start(name, "l")
        buffer.writeInteger(value)
    }

    package mutating func boolean(_ name: String, _ value: Bool) {
        start(name, "t")
        buffer.writeInteger(UInt8(value ? 1 : 0))
    }

    mutating func bytes(_ name: String, _ value: ByteBuffer) {
        start(name, "x")
        buffer.writeInteger(UInt32(value.readableBytes))
        buffer.writeImmutableBuffer(value)
    }

    private mutating func start(_ name: String, _ type: Unicode.Scalar) {
        buffer.writeInteger(UInt8(name.utf8.count))
        buffer.writeString(name)
        buffer.writeInteger(UInt8(ascii: type))
    }
}
