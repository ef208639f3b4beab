import AMQP
import BrokerHarness
import NIOCore
import RopewayHarness
import Testing

@Suite("A message that is relayed and replayed", .serialized, .timeLimit(.minutes(3)))
struct FidelityTests {
    @Test("is what DC1's applications got", arguments: LimitTests.types)
    func identical(type: String) async throws {
        // Given messages of every kind, published on DC1
        let bench = try await PromotionBench.make(standby: "{type: \(type), ttl: 1h}")
        for (node, host) in [(bench.dc1, bench.host1), (bench.dc2, bench.host2)] {
            try await node.declare(
                exchange: PromotionBench.exchange,
                queues: ["copies"],
                key: "copy",
                virtualHost: host
            )
        }
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        let limit = min(bench.dc1.version.largestMessage, bench.dc2.version.largestMessage)
        let samples = MessageSamples.all(largest: min(20_000_000, limit))
        try await bench.dc1.withChannel(virtualHost: bench.host1) { channel in
            try await channel.selectConfirms()
            for sample in samples {
                let result = try await channel.publish(
                    sample.body,
                    properties: sample.properties,
                    exchange: PromotionBench.exchange,
                    routingKey: sample.key
                )
                #expect(result == .confirmed, "\(sample.name)")
            }
        }
        try await bench.ropeway.untilRelayed(samples.count)
        // When DC1 is lost and DC2 is promoted
        try await bench.loseDC1()
        let answer = try await bench.ropeway.promote("dc2", "--forced")
        #expect(answer.status == 0, "\(answer)")
        #expect(answer.json.replayed.int == samples.count, "\(answer)")
        // Then DC2's applications get what DC1's got, in the same order
        let original = try await bench.dc1.drain(PromotionBench.queue, virtualHost: bench.host1)
        let replayed = try await bench.dc2.drain(PromotionBench.queue, virtualHost: bench.host2)
        try #require(original.count == samples.count)
        try #require(replayed.count == samples.count)
        var expected = Array(zip(samples, original))
        if type == "quorum", bench.dc2.version >= .v4 {
            // A quorum store of RabbitMQ 4 lets what has a priority above 4 go first. There is one such message.
            let isUrgent = { (pair: (MessageSamples.Sample, Delivery)) in (pair.0.properties.priority ?? 0) > 4 }
            try #require(expected.count(where: isUrgent) == 1)
            expected = expected.filter(isUrgent) + expected.filter { !isUrgent($0) }
        }
        for ((sample, before), after) in zip(expected, replayed) {
            Self.expectSame(sample.name, before, after, by: bench.dc2.version)
        }
        #expect(try await bench.dc2.depth(of: "copies", virtualHost: bench.host2) == MessageSamples.copies)
    }

    /// - Parameter version: that of the broker which had the message last.
    private static func expectSame(_ name: String, _ before: Delivery, _ after: Delivery, by version: NodeVersion) {
        #expect(after.exchange == before.exchange, "\(name)")
        #expect(after.routingKey == before.routingKey, "\(name)")
        #expect(after.body == before.body, "\(name): \(before.body.readableBytes) bytes")
        var expected = before.properties
        var found = after.properties
        let own = (found.headers?.fields ?? []).filter { $0.name.hasPrefix("x-ropeway-") }.map(\.name)
        #expect(own.contains("x-ropeway-id") && own.contains("x-ropeway-replayed"), "\(name): \(own)")
        #expect(found.headers?["BCC"] == nil, "\(name)")
        found.headers?.fields.removeAll { $0.name.hasPrefix("x-ropeway-") }
        if version >= .v4 {
            // It also gives unsigned 64-bit integers out as signed ones.
            for (index, field) in (expected.headers?.fields ?? []).enumerated() {
                guard case .uint64(let number) = field.value else { continue }
                expected.headers?.fields[index].value = .int64(Int64(number))
            }
        }
        if version.sortsHeaders {
            expected.headers?.fields.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        }
        // The marks need a table where there was none.
        if expected.headers == nil, found.headers?.isEmpty == true { found.headers = nil }
        #expect(found.userID == nil, "\(name)")
        expected.userID = nil
        if let expiration = expected.expiration.flatMap({ Int($0) }) {
            let left = found.expiration.flatMap { Int($0) } ?? 0
            #expect(left > 0 && left < expiration, "\(name): \(left) of \(expiration)")
            expected.expiration = nil
            found.expiration = nil
        }
        #expect(found == expected, "\(name)")
    }
}
