import AMQP
import BrokerHarness
import NIOCore
import RopewayHarness
import Testing

@Suite("Beside pika", .timeLimit(.minutes(3)))
struct PikaTests {
    private static let common = Sample.propertySamples + Sample.commonHeaderSamples + Sample.bodySamples

    @Test("what pika publishes is read by us as pika and its publisher see it: properties, headers, types, bodies")
    func fromPika() async throws {
        // Given messages with every property, every type that pika can write, and bodies around the limit of a frame
        let bench = try await ForeignBench.make()
        // When pika publishes them
        try await bench.publishAsPika(Self.common)
        // Then we read what was to be published, and so does pika
        try await bench.expect(Self.common, by: .get)
    }

    @Test("what we publish is read by pika as we see it, also types that it can't write")
    func toPika() async throws {
        let samples = Self.common + Sample.ownHeaderSamples
        let bench = try await ForeignBench.make()
        try await bench.publishAsUs(samples)
        try await bench.expect(samples, by: .consume)
    }

    @Test(
        "a delivery mode other than 1 and 2 closes the channel of whoever publishes it, from RabbitMQ 4.0 on it passes"
    )
    func deliveryMode() async throws {
        let modes: [UInt8] = [0, 3, 255]
        let samples = modes.map { Sample("mode \($0)", BasicProperties(deliveryMode: $0)) }
        let bench = try await ForeignBench.make()
        if bench.node.version >= .v4 {
            try await bench.publishAsUs(samples)
            try await bench.expect(samples, by: .get)
            return
        }
        for sample in samples {
            let ours = await #expect(throws: AMQPError.self) { try await bench.publishAsUs([sample]) }
            #expect(ours?.code == .channelClosedByBroker && ours?.replyCode == 406, "\(sample.name)")
            let pikas = await #expect(throws: HarnessError.self) { try await bench.publishAsPika([sample]) }
            #expect(pikas.map { "\($0)" }?.contains("ChannelClosedByBroker: (406") == true, "\(sample.name)")
        }
    }

    @Test("an unsigned 64-bit number stays one, and from RabbitMQ 4.0 on comes out as a signed one")
    func unsigned() async throws {
        let numbers = [0, UInt64(Int64.max), UInt64.max]
        let bench = try await ForeignBench.make()
        try await bench.publishAsUs(numbers.map { Sample("\($0)", header: .uint64($0)) })
        let seen = numbers.map { number in
            let isSigned = bench.node.version >= .v4
            return Sample("\(number)", header: isSigned ? .int64(Int64(bitPattern: number)) : .uint64(number))
        }
        try await bench.expect(seen, by: .get)
    }

    @Test(
        "headers of one name, which a dict of Python can't hold: we read both, pika the last; RabbitMQ 4.0 keeps the first"
    )
    func duplicates() async throws {
        let bench = try await ForeignBench.make()
        let headers = FieldTable([("a", .int32(1)), ("a", .int32(2))])
        try await bench.publishAsUs([Sample("duplicates", BasicProperties(headers: headers))])
        let ours = try await bench.readAsUs()
        let pikas = try await bench.readAsPika(1)
        let isReduced = bench.node.version >= .v4
        #expect(ours.first?.properties.headers == (isReduced ? ["a": .int32(1)] : headers))
        #expect(pikas.first?.nativeHeaders?.fields?.map(\.value) == [ValueView("int", isReduced ? "1" : "2")])
    }

    /// What Python's user gets of a header; pika 1.2.0 gets some types wrong.
    struct Reading: Sendable, CustomTestStringConvertible {
        let value: FieldValue
        let native: ValueView
        let reason: String
        var testDescription: String { reason }
    }

    private static let readings: [Reading] = [
        Reading(value: .boolean(true), native: ValueView("bool", "true"), reason: "a boolean stays one"),
        Reading(value: .int32(-5), native: ValueView("int", "-5"), reason: "signed 32 bits stay signed"),
        Reading(value: .int16(-5), native: ValueView("int", "-5"), reason: "signed 16 bits stay signed"),
        Reading(value: .uint32(.max), native: ValueView("int", "4294967295"), reason: "unsigned 32 bits stay unsigned"),
        Reading(value: .int64(5), native: ValueView("int", "5"), reason: "a positive 64-bit number stays"),
        Reading(
            value: .int64(-5),
            native: ValueView("int", "18446744073709551611"),
            reason: "misread: a negative 64-bit number is taken for an unsigned one"
        ),
        Reading(
            value: .int8(-5),
            native: ValueView("int", "251"),
            reason: "misread: signed 8 bits are taken for unsigned"
        ),
        Reading(
            value: .uint8(251),
            native: ValueView("int", "-5"),
            reason: "misread: unsigned 8 bits are taken for signed"
        ),
        Reading(value: .float(1.5), native: ValueView("int", "1"), reason: "misread: a float loses its fraction"),
        Reading(value: .double(-2.75), native: ValueView("int", "-2"), reason: "misread: a double loses its fraction"),
        Reading(
            value: .decimal(scale: 1, value: .max),
            native: ValueView("Decimal", "-0.1"),
            reason: "misread: a decimal beyond 31 bits is taken for a negative one"
        ),
        Reading(
            value: .decimal(scale: 2, value: 314),
            native: ValueView("Decimal", "3.14"),
            reason: "a decimal stays one"
        ),
        Reading(value: "ü", native: ValueView("str", "c3bc"), reason: "a text is a str"),
        Reading(
            value: .longString([0xE9]),
            native: ValueView("bytes", "e9"),
            reason: "a text that is not UTF-8 becomes bytes"
        ),
        Reading(value: .byteArray([0x61]), native: ValueView("bytes", "61"), reason: "bytes stay bytes"),
        Reading(
            value: .timestamp(1_700_000_000),
            native: ValueView("datetime", "2023-11-14T22:13:20"),
            reason: "a timestamp is a time in UTC"
        ),
        Reading(value: .void, native: ValueView("None", ""), reason: "no value is None"),
        Reading(
            value: .array([.void, .table([:])]),
            native: ValueView("list", elements: [ValueView("None", ""), ValueView("dict", fields: [])]),
            reason: "an array is a list, a table a dict"
        ),
    ]

    @Test("what a user of pika gets of each type, right or wrong")
    func native() async throws {
        let bench = try await ForeignBench.make()
        try await bench.publishAsUs(Self.readings.map { Sample($0.reason, header: $0.value) })
        let seen = try await bench.readAsPika(Self.readings.count, by: .get)
        for (reading, message) in zip(Self.readings, seen) {
            #expect(message.nativeHeaders?.fields?.map(\.value) == [reading.native], "\(reading.reason)")
        }
    }

    @Test("what is no UTF-8 in a property is bytes to pika and has replacement characters for us")
    func textThatIsNone() async throws {
        // RabbitMQ passes the bytes on. Ours can't be made to write them as a property: a Swift string is always UTF-8.
        let bench = try await ForeignBench.make()
        var message = Sample("latin", BasicProperties(appID: "")).view(exchange: ForeignBench.exchange)
        message.properties[0].value = ValueView("string", "e9ff")
        try await bench.publishAsPika([message])
        let ours = try await bench.readAsUs()
        let pikas = try await bench.readAsPika(1)
        #expect(ours.first?.properties.appID == "\u{FFFD}\u{FFFD}")
        #expect(pikas.first?.view.properties.map(\.value) == [ValueView("string", "e9ff")])
    }

    @Test("a timestamp beyond the year 9999 is ours alone: pika's connection ends over it")
    func lateTimestamp() async throws {
        let samples = [253_402_300_800, UInt64.max].map { Sample("late", header: .timestamp($0)) }
        let bench = try await ForeignBench.make()
        try await bench.publishAsUs(samples)
        let seen = try await bench.readAsUs()
        #expect(seen.map { MessageView($0) } == bench.views(of: samples))
        await #expect(throws: HarnessError.self) { try await bench.readAsPika(1) }
    }

    @Test("what pika can't write and the management API shows is the value that we published")
    func management() async throws {
        let bench = try await ForeignBench.make()
        let headers: FieldTable = [
            "double": .double(-2.25), "float": .float(1.5), "int16": .int16(-300), "int8": .int8(-5),
            "uint16": .uint16(65_535), "uint32": .uint32(.max), "uint8": .uint8(251),
        ]
        try await bench.publishAsUs([Sample("numbers", BasicProperties(headers: headers))])
        let (status, body) = try await bench.node.management(
            "POST",
            "/api/queues/\(bench.virtualHost)/for-us/get",
            body: #"{"count":1,"ackmode":"ack_requeue_false","encoding":"auto"}"#
        )
        #expect(status == 200)
        let seen = try JSON(text: String(decoding: body, as: UTF8.self))[0].properties.headers
        let expected: [String: Double] = [
            "double": -2.25, "float": 1.5, "int16": -300, "int8": -5, "uint16": 65_535, "uint32": 4_294_967_295,
            "uint8": 251,
        ]
        for (name, value) in expected { #expect(seen[name].double == value, "\(name) in \(seen)") }
    }
}

extension ForeignBench {
    /// Reads the messages as us and as pika, and holds both to what was published.
    func expect(_ samples: [Sample], by reading: PikaReading) async throws {
        let ours = try await readAsUs().map { MessageView($0) }
        let pikas = try await readAsPika(samples.count, by: reading).map(\.view)
        #expect(ours.count == samples.count && pikas.count == samples.count)
        for (index, view) in views(of: samples).enumerated() where ours.count > index && pikas.count > index {
            let name = samples[index].name
            // Said in short: a body may have a megabyte.
            let isOurs = ours[index] == view
            let isPikas = pikas[index] == view
            #expect(isOurs, "\(name), read by us: \(ours[index].properties), not \(view.properties)")
            #expect(isPikas, "\(name), read by pika: \(pikas[index].properties), not \(view.properties)")
        }
    }
}
