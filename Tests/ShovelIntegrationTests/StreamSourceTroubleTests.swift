import AMQP
import BrokerHarness
import Foundation
import NIOCore
import RabbitStream
import RopewayHarness
import Testing
import Transport

@Suite("A shovel out of a stream, in trouble", .timeLimit(.minutes(3)))
struct StreamSourceTroubleTests {
    private static func make() async throws -> ShovelBench {
        var bench = try await ShovelBench.make()
        bench.addShovel(source: "stream: from", destination: "queue: to")
        try await bench.declare(["to"], on: bench.dc2)
        return bench
    }

    @Test("tells how many messages retention has removed before they were moved, and goes on")
    func overtaken() async throws {
        // Given a stream that keeps little, and a shovel that is paused after its first messages
        let bench = try await Self.make()
        _ = try await bench.dc1.withChannel(virtualHost: bench.host1) { channel in
            try await channel.declareQueue(
                "from",
                arguments: [
                    "x-queue-type": "stream", "x-max-length-bytes": .int64(300_000),
                    "x-stream-max-segment-size-bytes": .int64(100_000),
                ]
            )
        }
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.publish(["1", "2"], key: "from")
        _ = try await bench.take(2, from: "to")
        #expect(try await bench.ropeway.command("pause", "move").status == 0)
        try await bench.until("paused")
        // When far more is published than it keeps
        let large = String(repeating: "l", count: 10_000)
        try await bench.publish(Array(repeating: large, count: 200) + ["last"], key: "from")
        #expect(try await bench.ropeway.command("resume", "move").status == 0)
        // Then what is left is moved, and what is gone is told of
        try await eventually(within: .seconds(30), "the last message has come") {
            try await bench.dc2.drain("to", virtualHost: bench.host2).contains { String(buffer: $0.body) == "last" }
        }
        try await eventually(within: .seconds(20), "it says what is missing") {
            let error = try await bench.report().error
            guard error.code.string == "stream-overtaken" else { throw HarnessError("\(error)") }
            return error.message.string?.contains("from offset 2 ") == true
        }
    }

    @Test("puts what is no message into quarantine as it is, and goes on")
    func garbage() async throws {
        let bench = try await Self.make()
        try await StreamEndTests.declareStream("from", on: bench.dc1, bench.host1)
        // Given an entry that is no message of AMQP 1.0, before one that is
        let connection = try await StreamConnection.connect(
            StreamConnectionConfiguration(
                endpoints: [Endpoint(host: "127.0.0.1", port: bench.dc1.streamPort, isTLS: false)],
                credentials: .plain(username: "guest", password: "guest"),
                virtualHost: bench.host1,
                name: "test"
            )
        )
        let publisher = try await connection.declarePublisher(stream: "from")
        try await connection.eventLoop.submit {
            try connection.publish(PublishEntry(1, message: ByteBuffer(string: "garbage")), publisher: publisher)
            connection.flush()
        }.get()
        await connection.close()
        try await bench.publish(["good"], key: "from")
        // When the stream is moved
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        // Then one arrives, and the other is kept with the reason
        #expect(try await bench.take(1, from: "to").map { String(buffer: $0.body) } == ["good"])
        try await eventually(within: .seconds(20), "it is in quarantine") {
            try await bench.report().quarantined.int == 1
        }
        let quarantine = "ropeway.\(bench.ropeway.pair).move.quarantine"
        let put = try await bench.dc1.drain(quarantine, virtualHost: bench.host1)
        #expect(put.map { String(buffer: $0.body) } == ["garbage"])
        #expect(put.first?.properties.headers?["x-ropeway-quarantine-reason"] == "malformed")
        #expect(try daemon.errorOutput().contains("the entry at offset 0 is no message"))
    }

    @Test("delivers nothing where its position can't be stored, and says which permission that takes")
    func position() async throws {
        // Given a user who may write everything but the stream
        var bench = try await Self.make()
        try await StreamEndTests.declareStream("from", on: bench.dc1, bench.host1)
        let user = #"{"password":"guest","tags":"monitoring"}"#
        _ = try await bench.dc1.management("PUT", "/api/users/shovel", body: user)
        let rights = #"{"configure":".*","write":"^(?!from$).*$","read":".*"}"#
        _ = try await bench.dc1.management("PUT", "/api/permissions/\(bench.host1)/shovel", body: rights)
        bench.ropeway.dc1.username = "shovel"
        bench.ropeway.dc1.admin = "guest"
        try await bench.publish(["1"], key: "from")
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        guard bench.dc1.version < .v4 else {
            // Reading is enough there.
            #expect(try await bench.take(1, from: "to").map { String(buffer: $0.body) } == ["1"])
            return
        }
        try await eventually(within: .seconds(30), "it says so") {
            let error = try await bench.report().error
            guard error.hint.string?.contains("permission to write") == true else { throw HarnessError("\(error)") }
            return error.code.string == "source-lost"
        }
        #expect(try await bench.dc2.depth(of: "to", virtualHost: bench.host2) == 0)
    }
}
