import BrokerHarness
import RopewayHarness
import TLSHarness
import Testing

@Suite("A pair over mutual TLS", .serialized, .timeLimit(.minutes(3)))
struct PromotionOverTLSTests {
    @Test("given a pair with TLS everywhere and EXTERNAL, when it is promoted there and back, then nothing is lost")
    func promotion() async throws {
        // Given
        let (dc1, dc2) = try await SharedTLSPair.get()
        let here = try await Premises.make(
            dc1,
            dc2,
            user: "relay",
            passwords: ["one-3f3f", "two-4e4e"],
            isExternal: true
        )
        let check = try await here.ropeway.command("check")
        #expect(check.status == 0, "\(check)")
        let daemon = try here.ropeway.run()
        try await here.ropeway.untilRunning()
        try await here.publish(200)
        try await here.ropeway.untilRelayed(200)

        // When
        let planned = try await here.ropeway.promote("dc2")

        // Then
        #expect(planned.status == 0, "\(planned)")
        #expect(planned.json.state.string == "done", "\(planned)")
        let account = try await here.account(of: "work", on: dc2)
        #expect(account == Ledger.Account(distinct: 200))

        // When it goes back without the daemon
        daemon.terminate()
        #expect(try await daemon.wait(within: .seconds(20)) == .status(0))
        let back = try await here.ropeway.promote("dc1", "--no-daemon")

        // Then
        #expect(back.status == 0, "\(back)")
        let written = try daemon.errorOutput() + check.output + check.errors + planned.errors + back.errors
        for secret in here.secrets { #expect(!written.contains(secret)) }
    }

    @Test("given listeners of the stream protocol with TLS alone, then stores are written and read over them")
    func streams() async throws {
        // Given DC1 that demands a client certificate, and a pair that knows both authorities
        let (dc1, dc2) = try await SharedTLSPair.get()
        let here = try await Premises.make(
            dc1,
            dc2,
            user: "streaming",
            passwords: ["one-7a7a", "two-8b8b"],
            standby: "{type: stream, ttl: 1h}"
        )
        let daemon = try here.ropeway.run()
        defer { daemon.kill() }
        try await here.ropeway.untilRunning()
        try await here.publish(200)
        try await here.ropeway.untilRelayed(200)

        // Then the store is written over the stream protocol
        let store = try await here.ropeway.status().routes[0].store
        #expect(store.protocol.string == "stream" && store.fault == .null, "\(store)")

        // And when it goes there and back, then the way back is, and nothing is lost
        #expect(try await here.ropeway.promote("dc2").status == 0)
        #expect(try await here.account(of: "work", on: dc2) == Ledger.Account(distinct: 200))
        try await eventually(within: .seconds(20), "the way back runs over the stream protocol") {
            let route = try await here.ropeway.status().routes[0]
            guard route.store.protocol.string == "stream", route.direction.string == "dc2_to_dc1" else {
                throw HarnessError("\(route)")
            }
            return true
        }
        #expect(try await here.ropeway.promote("dc1", "--forced").status == 0)
    }

    @Test(
        "given an authority that did not sign the brokers' certificates, when checking, then each door says what to do"
    )
    func check() async throws {
        let (dc1, dc2) = try await SharedTLSPair.get()
        let here = try await Premises.make(dc1, dc2, user: "checking", passwords: ["one-5c5c", "two-6d6d"])
        try here.take(authority: "stranger", client: "client")

        let answer = try await here.ropeway.command("check")

        #expect(answer.status == 3, "\(answer)")
        for site in ["dc1", "dc2"] {
            let finding = answer.json.findings.elements.first { $0.subject.string == "site \(site)" }
            let message = finding?.message.string ?? ""
            let words = "the broker's certificate does not lead to a trusted authority"
            #expect(message.split(separator: words, omittingEmptySubsequences: false).count == 3, "\(message)")
            #expect(finding?.hint.string?.contains("tls.ca") == true, "\(answer)")
        }
    }
}
