import AMQP
import BrokerHarness
import Foundation
import NIOCore
import RopewayHarness
import Testing

@Suite("How a route publishes to a stream store", .timeLimit(.minutes(4)))
struct StorePathTests {
    @Test("over the stream protocol, over AMQP while that is impossible, and over the stream protocol again")
    func path() async throws {
        // Given a route under load, whose store is on a site with a listener for streams
        var bench = try await PromotionBench.make()
        let link = try await LinkProxy.start(to: bench.dc2.streamPort)
        bench.ropeway.dc2.streamPorts = [link.port]
        let ledger = Ledger()
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        let publishing = Task { [bench] in
            while !Task.isCancelled {
                try await bench.publish(20, of: ledger)
                try? await Task.sleep(for: .milliseconds(50))
            }
        }
        defer { publishing.cancel() }
        try await bench.ropeway.untilRelayed(100)
        try await bench.untilStored(over: "stream")
        // When the listener is lost, then AMQP serves, and it is told why
        try await link.setMode(.cut)
        try await bench.untilStored(over: "amqp")
        let fault = try await bench.ropeway.status().routes[0].store.fault.string ?? ""
        #expect(fault.hasPrefix("destination: "), "\(fault)")
        let relayed = try await bench.ropeway.status().routes[0].relayed.int ?? 0
        try await bench.ropeway.untilRelayed(relayed + 100)
        // When it is back, then it is used
        try await link.setMode(.forward)
        try await bench.untilStored(over: "stream", within: .seconds(60))
        // Then DC2 gets everything, and only what was on its way comes twice
        publishing.cancel()
        _ = await publishing.result
        let confirmed = ledger.confirmed(by: "a")
        try await bench.ropeway.untilRelayed(confirmed)
        try await bench.loseDC1()
        let answer = try await bench.ropeway.promote("dc2", "--forced")
        #expect(answer.status == 0, "\(answer)")
        let account = try await bench.account(of: ledger)
        // What was being published when that was stopped may be there, unconfirmed.
        let unconfirmed = account.distinct - confirmed
        #expect(account.lost.isEmpty && (0...20).contains(unconfirmed) && account.repeated <= 200, "\(account)")
    }

    @Test("a listener of another cluster is not published to, and not read, though it has a stream of that name")
    func otherCluster() async throws {
        // Given a listener of DC1 in the place of DC2's, with the same virtual host and a stream like the store
        var bench = try await PromotionBench.make()
        bench.ropeway.dc2.streamPorts = [bench.dc1.streamPort]
        for (path, body) in [
            ("vhosts/\(bench.host2)", "{}"),
            ("permissions/\(bench.host2)/guest", #"{"configure":".*","write":".*","read":".*"}"#),
            ("queues/\(bench.host2)/\(bench.store)", #"{"durable":true,"arguments":{"x-queue-type":"stream"}}"#),
        ] {
            #expect(try await bench.dc1.management("PUT", "/api/\(path)", body: body).status < 300)
        }
        let ledger = Ledger()
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        // When messages are relayed
        try await bench.publish(100, of: ledger)
        try await bench.ropeway.untilRelayed(100)
        // Then they went over AMQP, which is told, and a promotion replays them
        let fault = try await bench.ropeway.status().routes[0].store.fault.string ?? ""
        #expect(fault.contains("belongs to cluster"), "\(fault)")
        let answer = try await bench.ropeway.promote("dc2", "--forced")
        #expect(answer.status == 0 && answer.json.replayed.int == 100, "\(answer)")
        let account = try await bench.account(of: ledger)
        #expect(account == Ledger.Account(distinct: 100), "\(account)")
    }

    @Test(
        "a message that no frame of the stream protocol has room for goes over AMQP, and all behind it, in their order"
    )
    func large() async throws {
        // Given a message of 2 MB between others
        let bench = try await PromotionBench.make()
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        try await bench.untilStored(over: "stream")
        let bodies = (0..<200).map { "\($0)" }
        try await bench.publish(
            bodies: bodies.prefix(100) + [String(repeating: "x", count: 2 << 20)] + bodies.suffix(100)
        )
        // When they are relayed
        try await bench.ropeway.untilRelayed(201)
        // Then it is told why AMQP is used, and the store has each of them once, in their order
        try await bench.untilStored(over: "amqp")
        let fault = try await bench.ropeway.status().routes[0].store.fault.string ?? ""
        #expect(fault.contains("does not fit into a frame of the stream protocol"), "\(fault)")
        try await bench.loseDC1()
        let answer = try await bench.ropeway.promote("dc2", "--forced")
        #expect(answer.status == 0 && answer.json.replayed.int == 201, "\(answer)")
        let replayed = try await bench.dc2.drain(PromotionBench.queue, virtualHost: bench.host2).map(\.body)
        #expect(replayed.map(\.readableBytes).max() == 2 << 20)
        #expect(replayed.filter { $0.readableBytes < 10 }.map { String(buffer: $0) } == bodies)
    }
}

extension PromotionBench {
    /// Waits until the route publishes to its store over a protocol.
    fileprivate func untilStored(over name: String, within limit: Duration = .seconds(20)) async throws {
        try await eventually(within: limit, "the store is published to over \(name)") {
            let store = try await ropeway.status().routes[0].store
            guard store.protocol.string == name, (store.fault == .null) == (name == "stream") else {
                throw HarnessError("\(store)")
            }
            return true
        }
    }

    /// Publishes bodies on DC1 in their order.
    fileprivate func publish(bodies: some Sequence<String>) async throws {
        try await dc1.withChannel(virtualHost: host1) { channel in
            try await channel.selectConfirms()
            for body in bodies {
                let result = try await channel.publish(
                    ByteBuffer(string: body),
                    properties: BasicProperties(deliveryMode: 2),
                    exchange: Self.exchange,
                    routingKey: Self.queue
                )
                guard result == .confirmed else { throw HarnessError("\(result)") }
            }
        }
    }
}
