import NIOCore
import Testing

@testable import RabbitStream

@Suite("Commands of the stream protocol")
struct WireTests {
    static let requests: [Request] = [
        .declarePublisher(id: 1, reference: "ref", stream: "s"),
        .declarePublisher(id: 255, reference: nil, stream: "s"),
        .queryPublisherSequence(reference: "ref", stream: "s"), .deletePublisher(id: 3),
        .subscribe(.init(id: 4, stream: "s", offset: .first, credit: 10, properties: [:])),
        .subscribe(.init(id: 4, stream: "s", offset: .offset(.max), credit: 1, properties: ["name": "app"])),
        .subscribe(.init(id: 4, stream: "s", offset: .timestamp(-5), credit: 1, properties: ["a": "", "b": "c"])),
        .queryOffset(reference: "ref", stream: "s"), .unsubscribe(id: 9),
        .create(stream: "s", arguments: ["max-age": "1h"]), .delete(stream: "s"), .metadata(streams: ["a", "b", ""]),
        .peerProperties(["product": "ropeway"]), .saslHandshake,
        .saslAuthenticate(mechanism: "PLAIN", response: [0, 1, 2]),
        .saslAuthenticate(mechanism: "EXTERNAL", response: []),
        .open(virtualHost: "/"), .close(code: .ok, reason: "bye"), .route(routingKey: "k", superStream: "s"),
        .partitions(superStream: "s"), .consumerUpdate(id: 5, isActive: true),
        .exchangeCommandVersions(CommandVersions.own), .streamStats(stream: "s"),
        .createSuperStream(.init(name: "s", partitions: ["s-0"], bindingKeys: ["0"], arguments: [:])),
        .deleteSuperStream(name: "s"), .resolveOffsetSpecification(stream: "s", .timestamp(7), properties: ["a": "b"]),
    ]

    static let responses: [(CommandKey, Response)] = [
        (.declarePublisher, Response(code: .ok)), (.subscribe, Response(code: .accessRefused)),
        (.queryPublisherSequence, Response(code: .ok, content: .sequence(.max))),
        (.queryOffset, Response(code: .ok, content: .offset(77))), (.queryOffset, Response(code: .noOffset)),
        (.open, Response(code: .ok, content: .properties(["advertised_host": "h", "advertised_port": "5552"]))),
        (.open, Response(code: .ok)),
        (.saslHandshake, Response(code: .ok, content: .mechanisms(["PLAIN", "EXTERNAL"]))),
        (.route, Response(code: .ok, content: .streams(["a"]))),
        (.exchangeCommandVersions, Response(code: .ok, content: .commandVersions(CommandVersions.own))),
        (.streamStats, Response(code: .ok, content: .statistics(["first_chunk_id": -1]))),
        (.consumerUpdate, Response(code: .ok, content: .offsetSpecification(.offset(3)))),
        (.consumerUpdate, Response(code: .ok, content: .offsetSpecification(nil))),
        (
            .metadata,
            Response(
                code: .ok,
                content: .metadata(
                    brokers: [0: StreamBroker(host: "a", port: 5552), 1: StreamBroker(host: "b", port: 5551)],
                    streams: [
                        .init(name: "s", code: .ok, leader: 0, replicas: [1, 0]),
                        .init(name: "t", code: .streamDoesNotExist, leader: .max, replicas: []),
                    ]
                )
            )
        ),
    ]

    @Test("are what they were after a way over the wire", arguments: requests)
    func roundTrip(request: Request) throws {
        var buffer = ByteBuffer()
        try ClientFrame.request(request, correlation: 9).write(to: &buffer)
        #expect(buffer.readInteger(as: UInt32.self).map(Int.init) == buffer.readableBytes)
        let head = buffer.readMultipleIntegers(as: (UInt16, UInt16, UInt32).self)
        #expect(try #require(head) == (request.key.rawValue, 1, 9))
        #expect(try Request.read(request.key, from: &buffer) == request)
        #expect(buffer.readableBytes == 0)
    }

    @Test("and their answers", arguments: responses)
    func roundTrip(key: CommandKey, response: Response) throws {
        var buffer = ByteBuffer()
        try ClientFrame.response(key, response, correlation: 9).write(to: &buffer)
        buffer.moveReaderIndex(forwardBy: 4)
        #expect(try BrokerFrame(reading: buffer) == .response(key, response, correlation: 9))
    }

    @Test("that are cut anywhere are an error or another command, and no trap", arguments: responses)
    func cut(key: CommandKey, response: Response) throws {
        var buffer = ByteBuffer()
        try ClientFrame.response(key, response, correlation: 9).write(to: &buffer)
        buffer.moveReaderIndex(forwardBy: 4)
        for length in 0..<buffer.readableBytes {
            let part = try #require(buffer.getSlice(at: 4, length: length))
            if length < 8 {
                #expect(throws: StreamWireError.self) { try BrokerFrame(reading: part) }
            } else {
                _ = try? BrokerFrame(reading: part)
            }
        }
    }

    private static func frame(_ key: UInt16, _ version: UInt16 = 1, _ rest: (inout ByteBuffer) -> Void) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeMultipleIntegers(key, version)
        rest(&buffer)
        return buffer
    }

    @Test("of a broker alone are read")
    func brokerFrames() throws {
        let confirm = Self.frame(3) { $0.writeMultipleIntegers(7 as UInt8, 2 as UInt32, 10 as UInt64, 11 as UInt64) }
        #expect(try BrokerFrame(reading: confirm) == .publishConfirm(publisher: 7, PublishingIDs([10, 11])))
        let error = Self.frame(4) { $0.writeMultipleIntegers(7 as UInt8, 1 as UInt32, 10 as UInt64, 0x12 as UInt16) }
        let refusal = PublishRefusal(publishingID: 10, code: .publisherDoesNotExist)
        #expect(try BrokerFrame(reading: error) == .publishError(publisher: 7, [refusal]))
        let deliver = Self.frame(8) { $0.writeMultipleIntegers(3 as UInt8, 0x50 as UInt8) }
        let chunk = ByteBuffer(bytes: [0x50])
        #expect(try BrokerFrame(reading: deliver) == .deliver(subscription: 3, committedOffset: nil, chunk: chunk))
        let second = Self.frame(8, 2) { $0.writeMultipleIntegers(3 as UInt8, 99 as UInt64, 0x50 as UInt8) }
        #expect(try BrokerFrame(reading: second) == .deliver(subscription: 3, committedOffset: 99, chunk: chunk))
        let credit = Self.frame(0x8009) { $0.writeMultipleIntegers(4 as UInt16, 3 as UInt8) }
        #expect(try BrokerFrame(reading: credit) == .creditResponse(subscription: 3, .subscriptionIDDoesNotExist))
        let update = Self.frame(0x10) { $0.writeMultipleIntegers(6 as UInt16, 1 as UInt16, UInt8(ascii: "s")) }
        #expect(try BrokerFrame(reading: update) == .metadataUpdate(stream: "s", .streamNotAvailable))
        for key: UInt16 in [0x14, 0x8014] {
            let tune = Self.frame(key) { $0.writeMultipleIntegers(8192 as UInt32, 60 as UInt32) }
            #expect(try BrokerFrame(reading: tune) == .tune(frameMaximum: 8192, heartbeat: 60))
        }
        #expect(try BrokerFrame(reading: Self.frame(0x17) { _ in }) == .heartbeat)
    }

    @Test(
        "that answer route and partitions are answers without the bit of one too, as 3.10 sends them",
        arguments: [0x18, 0x19]
    )
    func answersWithoutBit(key: UInt16) throws {
        let frame = Self.frame(key) { $0.writeMultipleIntegers(9 as UInt32, 2 as UInt16, 0 as UInt32) }
        let response = Response(code: .streamDoesNotExist, content: .streams([]))
        let command = try #require(CommandKey(rawValue: key))
        #expect(try BrokerFrame(reading: frame) == .response(command, response, correlation: 9))
    }

    @Test("that nobody knows are told apart from those that are to be answered")
    func unknown() throws {
        let unknown = Self.frame(0x77) { $0.writeInteger(5 as UInt32) }
        #expect(try BrokerFrame(reading: unknown) == .unknown(key: 0x77, version: 1, correlation: nil))
        let later = Self.frame(0x1A, 2) { $0.writeInteger(5 as UInt32) }
        #expect(try BrokerFrame(reading: later) == .unknown(key: 0x1A, version: 2, correlation: 5))
        let asked = Self.frame(0xF) { $0.writeInteger(6 as UInt32) }
        #expect(try BrokerFrame(reading: asked) == .unknown(key: 0xF, version: 1, correlation: 6))
        let laterDeliver = Self.frame(8, 3) { _ in }
        #expect(try BrokerFrame(reading: laterDeliver) == .unknown(key: 8, version: 3, correlation: nil))
    }

    @Test("with counts that no bytes are there for take no memory and are an error")
    func lyingCounts() {
        for key: UInt16 in [3, 4] {
            let frame = Self.frame(key) { $0.writeMultipleIntegers(7 as UInt8, UInt32(Int32.max), 1 as UInt64) }
            #expect(throws: StreamWireError.self) { try BrokerFrame(reading: frame) }
        }
        for key: UInt16 in [0x800F, 0x8011, 0x8012, 0x8018, 0x801B, 0x801C] {
            let frame = Self.frame(key) {
                $0.writeMultipleIntegers(1 as UInt32, 1 as UInt16, UInt32(Int32.max), 0 as UInt64)
            }
            #expect(throws: StreamWireError.self) { try BrokerFrame(reading: frame) }
        }
    }

    @Test("with a name that is too long are not written at all")
    func tooLong() {
        var buffer = ByteBuffer()
        let name = String(repeating: "n", count: 40_000)
        #expect(throws: StreamWireError.tooLarge(what: "stream name")) {
            try ClientFrame.request(.delete(stream: name), correlation: 1).write(to: &buffer)
        }
        #expect(buffer.readableBytes == 0)
    }
}
