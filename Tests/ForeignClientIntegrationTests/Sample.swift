import AMQP
import NIOCore

/// A message that is published by one client and read by the others.
struct Sample: Sendable {
    /// What is special about it.
    var name: String
    var properties = BasicProperties()
    var body = ByteBuffer(string: "body")
    var routingKey = "key"

    init(
        _ name: String,
        _ properties: BasicProperties = BasicProperties(),
        body: ByteBuffer = ByteBuffer(string: "body"),
        routingKey: String = "key"
    ) {
        self.name = name
        self.properties = properties
        self.body = body
        self.routingKey = routingKey
    }

    /// A message with one header.
    init(_ name: String, header: FieldValue) {
        self.init(name, BasicProperties(headers: ["h": header]))
    }

    /// What everybody should read.
    func view(exchange: String) -> MessageView {
        MessageView(exchange: exchange, routingKey: routingKey, properties: properties, body: body)
    }
}

extension Sample {
    /// 255 bytes of UTF-8, of one, two, three and four bytes for each character.
    private static let longText = String(repeating: "aü€𝄞", count: 25) + "aü2"

    private static let everything = BasicProperties(
        contentType: "text/plain; charset=utf-8",
        contentEncoding: "identity",
        headers: ["a": "b"],
        deliveryMode: 2,
        priority: 9,
        correlationID: "c-1",
        replyTo: "replies",
        expiration: "600000",
        messageID: "m-1",
        timestamp: 1_700_000_000,
        type: "order",
        userID: "guest",
        appID: "shop",
        clusterID: "cluster"
    )

    /// No property, each alone, all of them, each empty, each as long as it can be.
    static let propertySamples: [Sample] = {
        var samples = [
            Sample("no property"), Sample("all properties", everything),
            Sample("all properties of 255 bytes", texts { _ in longText }),
            Sample("all properties empty", texts { _ in "" }),
            Sample("an empty header table", BasicProperties(headers: [:])),
            Sample("a routing key of 255 bytes", routingKey: longText),
            Sample("an empty routing key", routingKey: ""),
        ]
        for name in textProperties { samples.append(Sample("\(name) alone", texts { $0 == name ? "grüße" : nil })) }
        samples += [
            Sample("user_id alone", BasicProperties(userID: "guest")),
            Sample("expiration alone", BasicProperties(expiration: "3600000")),
            Sample("headers alone", header: "x"),
        ]
        for number: UInt8 in [1, 2] {
            samples.append(Sample("delivery_mode \(number) alone", BasicProperties(deliveryMode: number)))
        }
        for number: UInt8 in [0, 1, 255] {
            samples.append(Sample("priority \(number) alone", BasicProperties(priority: number)))
        }
        for time in [0, 1, 1_700_000_000_000, UInt64(Int64.max), UInt64.max] {
            samples.append(Sample("timestamp \(time) alone", BasicProperties(timestamp: time)))
        }
        return samples
    }()

    /// Those that hold any text. RabbitMQ takes a number only as `expiration`, and the user's own name as `user_id`.
    private static let textProperties = [
        "content_type", "content_encoding", "correlation_id", "reply_to", "message_id", "type", "app_id", "cluster_id",
    ]

    private static func texts(_ text: (String) -> String?) -> BasicProperties {
        BasicProperties(
            contentType: text("content_type"),
            contentEncoding: text("content_encoding"),
            correlationID: text("correlation_id"),
            replyTo: text("reply_to"),
            messageID: text("message_id"),
            type: text("type"),
            appID: text("app_id"),
            clusterID: text("cluster_id")
        )
    }

    /// Every type of a header that pika can write, at its limits.
    ///
    /// pika writes an `int` as a 32-bit number where it fits, else as a 64-bit one; its own `long` always as the latter.
    /// A `float` it refuses, and it has nothing that would become an 8-bit, 16-bit or unsigned number.
    static let commonHeaderSamples: [Sample] = [
        Sample("true", header: true), Sample("false", header: false),
        Sample("int32 0", header: .int32(0)), Sample("int32 -1", header: .int32(-1)),
        Sample("int32 min", header: .int32(.min)), Sample("int32 max", header: .int32(.max)),
        Sample("int64 0", header: .int64(0)), Sample("int64 -1", header: .int64(-1)),
        Sample("int64 beyond 32 bits", header: .int64(1 << 31)), Sample("int64 below", header: .int64(-(1 << 31) - 1)),
        Sample("int64 min", header: .int64(.min)), Sample("int64 max", header: .int64(.max)),
        Sample("decimal 0", header: .decimal(scale: 0, value: 0)),
        Sample("decimal 3.14", header: .decimal(scale: 2, value: 314)),
        Sample("decimal max", header: .decimal(scale: 9, value: UInt32(Int32.max))),
        Sample("decimal of scale 255", header: .decimal(scale: 255, value: 7)),
        // As AMQP has it, the number has no sign; pika writes and reads one.
        Sample("decimal -0.1 of pika", header: .decimal(scale: 1, value: UInt32(bitPattern: -1))),
        Sample("empty text", header: ""), Sample("text", header: "grüße"), Sample("text with NUL", header: "a\0b"),
        Sample("decomposed text", header: .string("u\u{308}")), Sample("composed text", header: .string("\u{FC}")),
        Sample("long text", header: .string(String(repeating: "€", count: 30_000))),
        Sample("no bytes", header: .byteArray([])), Sample("all bytes", header: .byteArray(Array(0...255))),
        Sample("timestamp 0", header: .timestamp(0)), Sample("timestamp", header: .timestamp(1_700_000_000)),
        Sample("timestamp beyond 32 bits", header: .timestamp(1 << 32)),
        Sample("the last second of 9999", header: .timestamp(253_402_300_799)),
        Sample("void", header: .void),
        Sample("empty array", header: []), Sample("empty table", header: .table(FieldTable())),
        Sample(
            "array",
            header: .array([true, .int32(1), .int64(2), "three", .void, .byteArray([4]), [], [[.int32(5)]]])
        ),
        Sample("table", header: ["a": ["b": ["c": .void]], "d": .array([.table(["e": "f"]), .table(FieldTable())])]),
        Sample("a name of 255 bytes", BasicProperties(headers: FieldTable([(longText, .int32(1))]))),
        Sample("an empty name", BasicProperties(headers: FieldTable([("", .int32(1))]))),
        Sample(
            "names out of order",
            BasicProperties(headers: ["z": .int32(1), "a": .int32(2), "ü": .int32(3), "M": .void])
        ),
        Sample(
            "a hundred headers",
            BasicProperties(headers: FieldTable((100..<200).map { ("h\($0)", .int32(Int32($0))) }))
        ),
    ]

    /// Types and values that pika reads and can't write.
    static let ownHeaderSamples: [Sample] = [
        Sample("int8", header: .int8(-128)), Sample("int8 max", header: .int8(127)),
        Sample("uint8", header: .uint8(255)), Sample("int16", header: .int16(-32_768)),
        Sample("uint16", header: .uint16(65_535)), Sample("uint32", header: .uint32(.max)),
        Sample("float", header: .float(1.5)), Sample("float max", header: .float(.greatestFiniteMagnitude)),
        Sample("float min", header: .float(.leastNonzeroMagnitude)), Sample("float -0", header: .float(-0.0)),
        Sample("double", header: .double(-2.25)), Sample("double max", header: .double(.greatestFiniteMagnitude)),
        Sample("double min", header: .double(.leastNonzeroMagnitude)), Sample("double -0", header: .double(-0.0)),
        Sample("decimal beyond 31 bits", header: .decimal(scale: 0, value: .max)),
        Sample("decimal with a zero at its end", header: .decimal(scale: 2, value: 100)),
        Sample("text that is not UTF-8", header: .longString([0xE9, 0xFF])),
        Sample("each in an array", header: .array([.int8(-1), .uint8(200), .int16(-2), .float(0.5), .double(0.25)])),
    ]

    /// Bodies around the limit of a frame, which leaves 8 bytes less for content than the 131,072 that are negotiated.
    static let bodySamples: [Sample] =
        [0, 1, 131_063, 131_064, 131_065, 131_071, 131_072, 131_073, 2 * 131_064, 1 << 20].map { size in
            var body = ByteBuffer()
            // Of a prime period, so that a part that is missing or out of place shows.
            for place in 0..<size { body.writeInteger(UInt8(truncatingIfNeeded: place % 251)) }
            return Sample("a body of \(size) bytes", body: body)
        }
}
