import BrokerHarness
import RopewayHarness
import Testing

@Suite("When DC2 takes nothing for long", .serialized, .timeLimit(.minutes(15)))
struct OutageTests {
    /// The most memory that the daemon may ever hold.
    private static let memory = 64 << 20

    enum Outage: String, Sendable, CaseIterable {
        case alarm, killed
    }

    @Test("DC1's publishers notice nothing, memory stays bounded, and everything arrives", arguments: Outage.allCases)
    func outage(_ outage: Outage) async throws {
        try await FaultBench.with("ou-\(outage)") { bench in
            let daemon = try bench.ropeway.run(logLevel: "info")
            try await bench.ropeway.untilRunning()
            let load = PacedPublishers(to: bench.dc1)
            async let publishing: Void = load.publish(1000, over: .seconds(1), endless: true)
            let before = load.confirmed
            try await eventually(within: .seconds(20), "the load goes on") { load.confirmed > before + 1000 }
            let connections = try await bench.link2.counts().accepted
            switch outage {
            case .killed: try await bench.dc2.kill()
            case .alarm: try await bench.dc2.alarm(true)
            }
            let confirmed = load.confirmed
            try await Task.sleep(for: FaultScale.outage)
            let state = try await bench.route()
            let published = load.confirmed - confirmed
            switch outage {
            case .killed: try await bench.dc2.start()
            case .alarm: try await bench.dc2.alarm(false)
            }
            load.end()
            try await publishing
            // After a kill the store may look thinned; what the accounts say below is that nothing is missing.
            try await bench.untilCaughtUp(acceptsGap: outage == .killed)
            let opened = try await bench.link2.counts().accepted - connections
            let peak = try daemon.peakMemory()
            FaultScale.note(
                "\(outage): \(published) published meanwhile, state \(state.state) \(state.error.code), "
                    + "\(opened) connections, \(peak >> 20) MiB"
            )
            #expect(published > 0)
            #expect(load.counts.resent == 0)
            #expect(opened < 10 * Int(FaultScale.outage.components.seconds) + 30)
            #expect(peak <= Self.memory)
            try await bench.promoteUntilDone()
            try await bench.account(for: load, repeats: FaultScale.window, "\(outage)")
        }
    }

    // The watch puts Ropeway's policy above a foreign one within seconds, so that a store does not refuse for long enough
    // to be seen this way. It needs another way to have a store refuse.
    @Test(
        "a store that refuses holds the route up, which says so and tries little",
        .disabled("a foreign policy is outranked before the store refuses for long"),
        arguments: ["quorum", "classic"]
    )
    func refusal(type: String) async throws {
        try await FaultBench.with("re-\(type)", standby: "{type: \(type), ttl: 1h}") { bench in
            // Given a route under load
            let daemon = try bench.ropeway.run(logLevel: "info")
            try await bench.ropeway.untilRunning()
            let load = PacedPublishers(to: bench.dc1)
            async let publishing: Void = load.publish(1000, over: .seconds(1), endless: true)
            try await bench.ropeway.untilRelayed(1000)
            // When somebody's policies have the store refuse what exceeds a limit
            var seen: (bytes: Int, captured: Int)?
            for attempt in 1...6 where seen == nil {
                // Ropeway puts its own policy above a foreign one within half a minute, so that it may take another.
                try await bench.limitStore(priority: attempt * 100_000)
                seen = try await bench.tries(load)
            }
            // Then the route says what is wrong, and single messages are tried, less and less often
            let (bytes, captured) = try #require(seen, "the route never told of the refusal")
            #expect(bytes < 10_000, "\(bytes) bytes in 5 s to a store that refuses")
            // while publishers of DC1 notice nothing
            #expect(captured > 0 && load.counts.resent == 0)
            // When the policy is taken away
            try await bench.limitStore(priority: nil)
            load.end()
            try await publishing
            // Then the route goes on by itself
            try await bench.untilCaughtUp()
            FaultScale.note("\(type) refuses: \(bytes) bytes sent in 5 s, \(captured) captured")
            #expect(try await bench.route().error == .null)
            #expect(try daemon.peakMemory() <= Self.memory)
            try await bench.promoteUntilDone()
            // Then nothing is lost; what was refused came after what was behind it and had been taken
            try await bench.account(for: load, repeats: 0, isOrdered: false, "\(type) refuses")
        }
    }
}

extension FaultBench {
    /// The name of the route's exchange and store on DC2.
    private var store: String { "ropeway.\(ropeway.pair).\(Self.exchange).standby" }

    /// Has the store refuse what exceeds a little more than it holds, by a policy that outranks Ropeway's own; `nil` takes
    /// the policy away.
    ///
    /// A limit below what the store holds would have it drop the rest, since the broker sets the limit first.
    fileprivate func limitStore(priority: Int?) async throws {
        var body: String?
        if let priority {
            let pattern = store.replacing(".", with: #"\\."#)
            let limit = try await dc2.depth(of: store) + 3000
            let definition = #"{"max-length":\#(limit),"overflow":"reject-publish"}"#
            body =
                #"{"pattern":"^\#(pattern)$","apply-to":"queues","priority":\#(priority),"definition":\#(definition)}"#
        }
        let method = priority == nil ? "DELETE" : "PUT"
        let (status, answer) = try await dc2.management(method, "/api/policies/%2F/of-others", body: body)
        guard status < 300 else { throw HarnessError("policy: \(status) \(String(decoding: answer, as: UTF8.self))") }
    }

    /// Waits until the route tells that the store refuses, and looks on for 5 s.
    ///
    /// - Returns: the bytes that went to DC2 meanwhile and the messages that were captured, or `nil` where the store did
    ///   not refuse all that time.
    fileprivate func tries(_ load: PacedPublishers) async throws -> (bytes: Int, captured: Int)? {
        func refuses() async throws -> Bool {
            let route = try await route()
            return route.state.string == "blocked" && route.error.code.string == "destination-refuses"
        }
        let isRefused: ()? = try? await eventually(within: .seconds(10), "the store refuses") { try await refuses() }
        guard isRefused != nil, try await ropeway.status().protection.string == "degraded" else { return nil }
        try await Task.sleep(for: .seconds(1))
        let before = try await (route().relayed.int, link2.counts().bytesToTarget, load.confirmed)
        try await Task.sleep(for: .seconds(5))
        let after = try await (route().relayed.int, link2.counts().bytesToTarget, load.confirmed)
        guard before.0 == after.0, try await refuses() else { return nil }
        return (after.1 - before.1, after.2 - before.2)
    }
}
