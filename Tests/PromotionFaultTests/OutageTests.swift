import BrokerHarness
import RopewayHarness
import Testing

@Suite("When DC2 takes nothing for long", .serialized, .timeLimit(.minutes(15)))
struct OutageTests {
    /// The most memory that the daemon may ever hold beside its code: what comes and can't go on must not fill it.
    private static let memory = 24 << 20

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
            let connections = try await bench.link2.counts().accepted + bench.streamLink2.counts().accepted
            switch outage {
            case .killed: try await bench.dc2.kill()
            case .alarm: try await bench.dc2.alarm(true)
            }
            let begun = ContinuousClock.now
            let confirmed = load.confirmed
            try await Task.sleep(for: FaultScale.outage)
            let state = try await bench.route()
            let published = load.confirmed - confirmed
            switch outage {
            case .killed: try await bench.dc2.start()
            case .alarm: try await bench.dc2.alarm(false)
            }
            let seconds = Int((ContinuousClock.now - begun).components.seconds)
            load.end()
            try await publishing
            try await bench.untilCaughtUp()
            let opened = try await bench.link2.counts().accepted + bench.streamLink2.counts().accepted - connections
            let peak = try daemon.peakHeldMemory()
            FaultScale.note(
                "\(outage): \(published) published meanwhile, state \(state.state) \(state.error.code), "
                    + "\(opened) connections, \(peak >> 20) MiB held"
            )
            #expect(published > 0)
            #expect(load.counts.resent == 0)
            #expect(opened < 10 * seconds + 30, "in \(seconds) s")
            #expect(peak <= Self.memory)
            try await bench.promoteUntilDone()
            try await bench.account(for: load, repeats: FaultScale.window, "\(outage)")
        }
    }

    @Test("a store that refuses holds the route up, which says so and tries little", arguments: FaultScale.queueTypes)
    func refusal(type: String) async throws {
        try await FaultBench.with("re-\(type)", standby: "{type: \(type), ttl: 1h}") { bench in
            // Given a route under load
            let daemon = try bench.ropeway.run(logLevel: "info")
            try await bench.ropeway.untilRunning()
            let load = PacedPublishers(to: bench.dc1)
            async let publishing: Void = load.publish(1000, over: .seconds(1), endless: true)
            try await bench.ropeway.untilRelayed(1000)
            // When somebody's policy has the store refuse what exceeds a limit, and nothing can outrank it
            try await bench.limitStore(true)
            // Then the route tells whose policy it is, and protects no more
            let told = try await bench.untilRefused()
            #expect(told.error.message.string?.contains("of-others") == true, "\(told.error)")
            // and single messages are tried, less and less often
            try await Task.sleep(for: .seconds(1))
            let before = try await (bench.link2.counts().bytesToTarget, load.confirmed)
            try await Task.sleep(for: .seconds(5))
            let after = try await (bench.link2.counts().bytesToTarget, load.confirmed)
            #expect(after.0 - before.0 < 10_000, "\(after.0 - before.0) bytes in 5 s to a store that refuses")
            // while publishers of DC1 notice nothing
            #expect(after.1 > before.1 && load.counts.resent == 0)
            // When the policy is taken away, and somebody takes note of the gap
            try await bench.limitStore(false)
            load.end()
            try await publishing
            try await eventually(within: .seconds(30), "the gap has ended and is taken note of") {
                let answer = try await bench.ropeway.command("acknowledge", FaultBench.exchange)
                let state = try await bench.route().state.string
                guard answer.status == 0, state != "gap" else { throw HarnessError("\(state ?? "")") }
                return true
            }
            // Then the route goes on by itself
            try await bench.untilCaughtUp()
            FaultScale.note("\(type) refuses: \(after.0 - before.0) bytes in 5 s, \(after.1 - before.1) captured")
            #expect(try await bench.route().error == .null)
            #expect(try daemon.peakHeldMemory() <= Self.memory)
            // Then it can be promoted: nothing is missed of the store
            try await bench.promoteUntilDone()
            // and nothing is lost; what was refused came after what was behind it and had been taken
            try await bench.account(for: load, repeats: 0, isOrdered: false, "\(type) refuses")
        }
    }
}

extension FaultBench {
    /// The name of the route's exchange and store on DC2.
    private var store: String { "ropeway.\(ropeway.pair).\(Self.exchange).standby" }

    /// Has the store refuse what exceeds a little more than it holds, or takes that policy away. Its priority is one that
    /// RabbitMQ takes and that no integer exceeds, so that Ropeway can't outrank it.
    ///
    /// A limit below what the store holds would have it drop the rest, since the broker sets the limit first.
    fileprivate func limitStore(_ isLimited: Bool) async throws {
        var body: String?
        if isLimited {
            let pattern = store.replacing(".", with: #"\\."#)
            let limit = try await dc2.depth(of: store) + 3000
            let definition = #"{"max-length":\#(limit),"overflow":"reject-publish"}"#
            body =
                #"{"pattern":"^\#(pattern)$","apply-to":"queues","priority":1e30,"definition":\#(definition)}"#
        }
        let method = isLimited ? "PUT" : "DELETE"
        let (status, answer) = try await dc2.management(method, "/api/policies/%2F/of-others", body: body)
        guard status < 300 else { throw HarnessError("policy: \(status) \(String(decoding: answer, as: UTF8.self))") }
    }

    /// Waits until the store refuses and the route says so.
    fileprivate func untilRefused() async throws -> JSON {
        var last = JSON.null
        try await eventually(within: .seconds(60), "the route tells that its store refuses") {
            let before = try await route().relayed.int
            try await Task.sleep(for: .seconds(2))
            last = try await route()
            guard last.relayed.int == before, last.error != .null,
                try await ropeway.status().protection.string != "protected"
            else { throw HarnessError("\(last.state) \(last.error)") }
            return true
        }
        return last
    }
}
