import AMQP
import NIOCore

/// Messages of every kind that RabbitMQ takes.
enum MessageSamples {
    struct Sample: Sendable {
        var name: String
        var key = "order.new"
        var properties = BasicProperties()
        var body = ByteBuffer(string: "body")
    }

    /// How many of them are routed by the key `copy` on both sites. What a blind copy was routed by is gone before any
    /// queue sees the message, the capture included.
    static let copies = 1

    /// - Parameter largest: the size of the largest body in bytes.
    static func all(largest: Int) -> [Sample] {
        var samples = [
            Sample(name: "no properties"),
            Sample(name: "every property and header type", properties: everything),
            Sample(name: "empty table", properties: BasicProperties(headers: [:])),
            Sample(name: "transient", properties: BasicProperties(deliveryMode: 1)),
            Sample(name: "persistent", properties: BasicProperties(deliveryMode: 2)),
            Sample(name: "empty texts", properties: BasicProperties(contentType: "", correlationID: "", messageID: "")),
            Sample(name: "long key", key: String(repeating: "k", count: 255)),
            Sample(name: "empty key", key: ""),
            Sample(name: "decimal alone", properties: BasicProperties(headers: ["d": .decimal(scale: 2, value: 995)])),
            Sample(
                name: "copies",
                properties: BasicProperties(headers: ["CC": .array([.string("copy")]), "k": 1])
            ),
            Sample(
                name: "blind copies",
                properties: BasicProperties(headers: ["BCC": .array([.string("copy")]), "k": 1])
            ),
        ]
        for size in [0, 1, 131_063, 131_064, 131_065, 131_071, 131_072, 131_073, largest] {
            samples.append(
                Sample(
                    name: "body of \(size)",
                    properties: BasicProperties(contentType: "application/octet-stream", headers: ["n": 1]),
                    body: bytes(size)
                )
            )
        }
        return samples
    }

    private static let everything = BasicProperties(
        contentType: "application/json",
        contentEncoding: "gzip",
        headers: headers,
        deliveryMode: 2,
        priority: 7,
        correlationID: "correlation",
        replyTo: "reply.queue",
        expiration: "3600000",
        messageID: "message-1",
        timestamp: 1_700_000_000,
        type: "order",
        userID: "guest",
        appID: "shop",
        clusterID: "cluster"
    )

    private static let headers: FieldTable = [
        "boolean": true, "int8": .int8(-8), "uint8": .uint8(200), "int16": .int16(-300), "uint16": .uint16(60_000),
        "int32": .int32(-70_000), "uint32": .uint32(4_000_000_000), "int64": .int64(-5_000_000_000),
        "uint64": .uint64(5_000_000_000), "float": .float(1.5), "double": .double(-0.1),
        "decimal": .decimal(scale: 2, value: 12_345), "text": .string("grüße 🐇"), "empty": .string(""),
        "no utf-8": .longString([0xff, 0xfe, 0x00]), "bytes": .byteArray([0, 1, 2, 255]), "time": .timestamp(1),
        "void": .void, "table": .table(["a": .table(["b": .array([1, .table([:]), .void])])]), "no table": .table([:]),
        "array": .array([.int8(1), .string("two"), .array([.decimal(scale: 0, value: 3)]), .table(["four": .float(4)])]
        ),
        "no array": .array([]), "same": 1, "x-mine": .string("kept"),
        "x-death": .array([
            .table([
                "count": .int64(2), "reason": .string("rejected"), "queue": .string("retry"), "time": .timestamp(9),
                "exchange": .string(""), "routing-keys": .array([.string("order.new")]),
            ])
        ]),
    ]

    /// Bytes that differ from place to place, so that a part that is missing or out of place shows.
    private static func bytes(_ count: Int) -> ByteBuffer {
        var state: UInt32 = 1
        let block = (0..<65_521).map { _ -> UInt8 in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(truncatingIfNeeded: state >> 16)
        }
        var buffer = ByteBuffer()
        while buffer.readableBytes < count {
            buffer.writeBytes(block.prefix(count - buffer.readableBytes))
        }
        return buffer
    }
}
