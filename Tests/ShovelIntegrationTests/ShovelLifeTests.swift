import BrokerHarness
import Foundation
import RopewayHarness
import Testing

@Suite("A shovel of a pair", .timeLimit(.minutes(3)))
struct ShovelLifeTests {
    @Test("that has no routes goes on undisturbed while the daemon reads its records")
    func noRoutes() async throws {
        // Given a pair with a shovel and without routes
        let (dc1, dc2) = try await SharedPair.get()
        let host = try await freshVirtualHost(on: dc1)
        let name = "s-\(UUID().uuidString.lowercased().prefix(8))"
        var ropeway = try await RopewayProcess.make(
            pair: name,
            dc1: SiteAddress(dc1, virtualHost: host),
            dc2: SiteAddress(dc2)
        )
        try await dc1.declare(exchange: "orders", queues: ["from"], virtualHost: host)
        try await dc2.declare(exchange: name, queues: [name])
        ropeway.shovels = [
            """
            - name: move
                  source: {site: dc1, queue: from}
                  destination: {site: dc2, queue: \(name)}
            """
        ]
        let daemon = try ropeway.run()
        defer { daemon.kill() }
        // When it has moved messages, and the daemon has looked at its records once more
        let ledger = Ledger()
        try await ledger.publish(100, to: "orders", on: dc1, virtualHost: host)
        try await eventually(within: .seconds(30), "100 messages moved") {
            try await ropeway.status().shovels[0].moved.int == 100
        }
        let started = ContinuousClock.now
        try await eventually(within: .seconds(20), "the records were read twice more") {
            // Then it is the same shovel still
            let moved = try await ropeway.status().shovels[0].moved.int
            #expect(moved == 100, "it was begun anew")
            return ContinuousClock.now - started > .seconds(11) || moved != 100
        }
        #expect(try daemon.errorOutput().split(separator: "\n").filter { $0.contains("relaying") }.count == 1)
        #expect(try await ledger.account(of: name, on: dc2) == Ledger.Account(distinct: 100))
    }
}
