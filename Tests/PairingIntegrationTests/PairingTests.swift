import AMQP
import BrokerHarness
import Foundation
import RopewayHarness
import Testing

@Suite("From two addresses to a pair, and back", .serialized, .timeLimit(.minutes(5)))
struct PairingTests {
    @Test("one command makes a protected pair; again it changes nothing; unpair leaves both brokers as they were")
    func thereAndBack() async throws {
        // given
        let bench = try await PairingBench.make()
        // A key that the management API can't name where it is to be deleted.
        try await bench.dc1.withChannel(virtualHost: bench.host1) { channel in
            try await channel.bindQueue("stock", to: "payments", routingKey: "null")
        }
        let before1 = try await bench.definitions(of: bench.dc1)
        let before2 = try await bench.definitions(of: bench.dc2)

        // when
        let daemon = try bench.ropeway.start(["pair"] + bench.addresses + ["--yes", "--run"])

        // then
        try await eventually(within: .seconds(40), "the pair is protected") {
            let status = try await bench.ropeway.api("/v1/status").json
            guard status.protection.string == "protected" else { throw HarnessError("\(status)") }
            return true
        }
        let text = try daemon.output()
        #expect(text.contains("next:"), "\(text)")
        #expect(try await bench.dc2.depth(of: "billing", virtualHost: bench.host2) == 0)
        let configuration = try String(contentsOfFile: bench.ropeway.configurationPath, encoding: .utf8)
        #expect(!configuration.contains("guest\"") && configuration.contains("password: {env: DC1_PASSWORD}"))

        // and: the sites told of their stream listeners, over which the stores are written
        for node in [bench.dc1, bench.dc2] {
            #expect(configuration.contains("stream: [\"rabbitmq-stream://127.0.0.1:\(node.streamPort)\"]"))
        }
        let stores = try await bench.ropeway.api("/v1/status").json.routes.elements.map(\.store)
        #expect(stores.allSatisfy { $0.protocol.string == "stream" }, "\(stores)")

        // and: what is published is relayed
        try await bench.publish(50)
        try await eventually(within: .seconds(30), "all are relayed") {
            let status = try await bench.ropeway.api("/v1/status").json
            let orders = status.routes.elements.first { $0.name.string == "orders" }
            return orders?.relayed.int == 50
        }

        // when: it is run again
        let again = try await bench.pair("--yes")

        // then
        #expect(again.status == 0, "\(again)")
        #expect(again.json.was_written.bool == false)
        #expect(again.json.topology.counts.missing.int == 0)
        #expect(try String(contentsOfFile: bench.ropeway.configurationPath, encoding: .utf8) == configuration)

        // when: there and back
        for site in ["dc2", "dc1"] {
            let promoted = try await bench.command(["promote", site])
            #expect(promoted.status == 0, "\(promoted)")
        }
        for queue in ["billing", "stock", "audit"] {
            _ = try await bench.dc2.drain(queue, virtualHost: bench.host2)
        }

        // when: it is to be unpaired while the daemon runs
        let tooEarly = try await bench.command(["unpair", "--yes"])

        // then
        #expect(tooEarly.status == 8, "\(tooEarly)")
        #expect(tooEarly.errors.contains("nothing was changed"))

        // when
        daemon.terminate()
        try await daemon.wait(within: .seconds(15))
        let (paired1, paired2) = (
            try await bench.definitions(of: bench.dc1), try await bench.definitions(of: bench.dc2)
        )
        for other in [bench.swapped(configuration), bench.twice(configuration)] {
            try bench.ropeway.write(other)
            let mistaken = try await bench.command(["unpair", "--yes"])

            // then: a file whose sites are not those that were paired changes nothing
            #expect(mistaken.status == 4, "\(mistaken)")
            #expect(mistaken.errors.contains("nothing was changed"), "\(mistaken)")
            #expect(try await bench.definitions(of: bench.dc1) == paired1)
            #expect(try await bench.definitions(of: bench.dc2) == paired2)
        }

        // when
        try bench.ropeway.write(configuration)
        let unpaired = try await bench.command(["unpair", "--yes"])

        // then
        #expect(unpaired.status == 0, "\(unpaired)")
        #expect(unpaired.json.was_removed.bool == true)
        #expect(try await bench.definitions(of: bench.dc1) == before1)
        #expect(try await bench.definitions(of: bench.dc2) == before2)
        #expect(try await bench.command(["unpair", "--yes"]).status == 0)
    }

    @Test("killed at any moment, the next run goes on from there, and unpair leaves nothing")
    func killed() async throws {
        // given
        let bench = try await PairingBench.make()
        let before1 = try await bench.definitions(of: bench.dc1)
        let before2 = try await bench.definitions(of: bench.dc2)
        for round in 1...3 {
            // when
            let child = try bench.ropeway.start(["pair"] + bench.addresses + ["--yes"])
            // The moment is what is tested, not what is waited for.
            try await Task.sleep(for: .milliseconds(round * Int.random(in: 40...240)))
            child.kill()
            _ = try await child.wait(within: .seconds(5))
            let second = try await bench.pair("--yes")

            // then
            #expect(second.status == 0, "round \(round): \(second)")
            #expect(second.json.check.findings.elements.allSatisfy { $0.verdict.string != "fail" })
            let left = try FileManager.default.contentsOfDirectory(atPath: bench.ropeway.folder.path)
            #expect(left.filter { $0.hasSuffix(".yaml") } == ["ropeway.yaml"])
            if round == 1 { try await refusesMistakes(bench) }

            // when: unpairing is killed too
            let removal = try bench.ropeway.start(["unpair", "--yes"])
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...400)))
            removal.kill()
            _ = try await removal.wait(within: .seconds(5))
            let rest = try await bench.command(["unpair", "--yes"])

            // then
            #expect(rest.status == 0, "round \(round): \(rest)")
            #expect(try await bench.definitions(of: bench.dc1) == before1)
            #expect(try await bench.definitions(of: bench.dc2) == before2)
            try FileManager.default.removeItem(atPath: bench.ropeway.configurationPath)
        }
    }

    /// Before a daemon has ever run, unpairing refuses a file with the sites the other way round, and a lock that is none.
    private func refusesMistakes(_ bench: PairingBench) async throws {
        // given
        let lock = "ropeway.\(bench.ropeway.pair).lock"
        let right = try String(contentsOfFile: bench.ropeway.configurationPath, encoding: .utf8)
        let paired1 = try await bench.definitions(of: bench.dc1)
        let paired2 = try await bench.definitions(of: bench.dc2)

        // when
        try bench.ropeway.write(bench.swapped(right))
        let swapped = try await bench.command(["unpair", "--yes"])
        let checked = try await bench.command(["check"])
        try bench.ropeway.write(right)

        // then
        #expect(swapped.status == 4 && swapped.errors.contains("nothing was changed"), "\(swapped)")
        #expect(checked.status == 3 && checked.output.contains("was declared for site"), "\(checked)")
        #expect(try await bench.definitions(of: bench.dc1) == paired1)
        #expect(try await bench.definitions(of: bench.dc2) == paired2)

        // when
        _ = try await bench.dc2.withChannel(virtualHost: bench.host2) { try await $0.declareQueue(lock) }
        let locked = try await bench.command(["unpair", "--yes"])
        _ = try await bench.dc2.management("DELETE", "/api/queues/\(bench.host2)/\(lock)")

        // then
        #expect(locked.status == 3 && locked.errors.contains("nothing was changed"), "\(locked)")
        #expect(try await bench.definitions(of: bench.dc1) == paired1)
        #expect(try await bench.definitions(of: bench.dc2) == paired2)

        // when: the lock of the second site can't work, which shows once that of the first one was declared
        let policy = "/api/operator-policies/\(bench.host2)/short"
        let body = #"{"pattern":"lock$","apply-to":"queues","definition":{"message-ttl":1000}}"#
        _ = try await bench.dc2.management("PUT", policy, body: body)
        let short = try await bench.command(["unpair", "--yes"])
        _ = try await bench.dc2.management("DELETE", policy)

        // then
        #expect(short.status == 1 && short.errors.contains("nothing was changed"), "\(short)")
        #expect(short.errors.contains("message-ttl"), "\(short)")
        #expect(try await bench.definitions(of: bench.dc1) == paired1)
        #expect(try await bench.definitions(of: bench.dc2) == paired2)
    }

    @Test("what stands in the way is told with what to do, and nothing is changed")
    func refusals() async throws {
        // given: an exchange that can't be captured, and a user who may not declare anything
        let bench = try await PairingBench.make()
        try await bench.dc1.withChannel(virtualHost: bench.host1) { channel in
            try await channel.declareExchange("passing", type: "fanout", autoDelete: true)
            try await channel.bindQueue("billing", to: "passing", routingKey: "")
        }
        let body = #"{"password":"guest","tags":"monitoring,policymaker"}"#
        _ = try await bench.dc1.management("PUT", "/api/users/weak", body: body)
        let rights = #"{"configure":"^$","write":".*","read":".*"}"#
        _ = try await bench.dc1.management("PUT", "/api/permissions/\(bench.host1)/weak", body: rights)
        let before2 = try await bench.definitions(of: bench.dc2)
        let addresses = bench.addresses

        func run(_ arguments: [String]) async throws -> RopewayProcess.Answer {
            try await bench.command(["pair"] + arguments + ["--yes"], format: "human")
        }

        // when
        let away = try await run(
            addresses.map { $0 == "http://127.0.0.1:\(bench.dc2.managementPort)" ? "http://127.0.0.1:1" : $0 }
        )
        let stranger = try await run(addresses.map { $0.replacing("guest@", with: "nobody@") })
        let weak = try await run(addresses + ["--dc1-user", "weak"])
        let host = try await run(addresses.map { $0.replacing("/\(bench.host2)", with: "/no-such-host") })
        let password = try await run(addresses.map { $0.replacing("guest@", with: "guest:guest@") })

        // then
        #expect(away.status == 1 && away.errors.contains("connection refused") && away.errors.contains("->"), "\(away)")
        #expect(stranger.status == 1 && stranger.errors.contains("check the user name and the password"), "\(stranger)")
        #expect(weak.status == 3 && weak.output.contains("lacks the permission configure"), "\(weak)")
        #expect(host.status == 3 && host.output.contains("rabbitmqctl add_vhost 'no-such-host'"), "\(host)")
        #expect(password.status == 64 && !password.errors.contains("guest:guest"), "\(password)")
        #expect(!bench.configurationExists)
        #expect(try await bench.definitions(of: bench.dc2) == before2)

        // when: the name of the lock is taken
        let lock = "ropeway.\(bench.ropeway.pair).lock"
        _ = try await bench.dc2.withChannel(virtualHost: bench.host2) { try await $0.declareQueue(lock) }
        let locked = try await run(addresses)
        _ = try await bench.dc2.management("DELETE", "/api/queues/\(bench.host2)/\(lock)")

        // then
        #expect(locked.status == 3 && locked.output.contains("lock-unusable"), "\(locked)")
        #expect(!bench.configurationExists)
        #expect(try await bench.definitions(of: bench.dc2) == before2)

        // when: nobody is there to be asked
        let asked = try await bench.pair()

        // then
        #expect(asked.status == 64, "\(asked)")
        #expect(asked.errors.contains("not captured") && asked.errors.contains("exchange passing"))
        #expect(!bench.configurationExists)
        #expect(try await bench.definitions(of: bench.dc2) == before2)
    }

    @Test("a route that left the configuration is removed once nothing is lost by it; a pair as well, or when told so")
    func removed() async throws {
        // given: a pair that has run
        let bench = try await PairingBench.make()
        #expect(try await bench.pair("--yes").status == 0)
        let daemon = try bench.ropeway.start(["run"])
        try await bench.ropeway.untilRunningWithoutWriting()

        // when: the route is still there
        let configured = try await bench.command(["route", "remove", "payments", "--yes"])

        // then
        #expect(configured.status == 3 && configured.errors.contains("have the daemon read the file again"))

        // when: it leaves the file, but the daemon does not know that
        let text = try String(contentsOfFile: bench.ropeway.configurationPath, encoding: .utf8)
        let start = try #require(text.firstRange(of: "  # direct exchange")?.lowerBound)
        let end = try #require(text.firstRange(of: "\n\n# What applications declare")?.lowerBound)
        try bench.ropeway.write(String(text[..<start]) + String(text[end...]))
        let unknown = try await bench.command(["route", "remove", "payments", "--yes"])

        // then
        #expect(unknown.status == 3 && unknown.output.contains("still-relayed"), "\(unknown)")

        // when
        daemon.signal(SIGHUP)
        try await eventually(within: .seconds(20), "the daemon has left the route") {
            try await bench.ropeway.api("/v1/status").json.routes.elements.count == 1
        }
        let removed = try await eventuallyDone(within: .seconds(20)) {
            try await bench.command(["route", "remove", "payments", "--yes"])
        }

        // then
        #expect(removed.json.was_removed.bool == true, "\(removed)")
        for node in [bench.dc1, bench.dc2] {
            let left = try await bench.definitions(of: node).filter {
                "\($0)".contains(".payments.")
            }
            #expect(left.isEmpty)
        }

        // given: the capture goes on filling once the daemon has ended
        daemon.terminate()
        try await daemon.wait(within: .seconds(15))
        try await bench.publish(3)
        let before1 = try await bench.definitions(of: bench.dc1)

        // when
        let refused = try await bench.command(["unpair", "--yes"])

        // then
        #expect(refused.status == 3, "\(refused)")
        let finding = refused.json.findings.elements.first { $0.code.string == "not-relayed" } ?? .null
        #expect(finding.message.string?.contains("3 messages") == true, "\(refused)")
        #expect(refused.json.was_removed.bool == false)
        #expect(try await bench.definitions(of: bench.dc1) == before1)

        // when
        let told = try await bench.command(["unpair", "--yes", "--discard"])

        // then
        #expect(told.status == 0, "\(told)")
        #expect(try await bench.definitions(of: bench.dc1).filter { "\($0)".contains("ropeway.") }.isEmpty)
        // and: the application's queues of the active site have theirs
        #expect(try await bench.dc1.depth(of: "billing", virtualHost: bench.host1) == 3)
    }

    /// Repeats a command, whose lists are some seconds old, until it has succeeded.
    private func eventuallyDone(
        within limit: Duration,
        _ body: () async throws -> RopewayProcess.Answer
    ) async throws -> RopewayProcess.Answer {
        let deadline = ContinuousClock.now + limit
        while true {
            let answer = try await body()
            if answer.status == 0 || .now >= deadline { return answer }
            try await Task.sleep(for: .milliseconds(500))
        }
    }
}

extension RopewayProcess {
    /// Waits until all routes run, with the configuration as it is.
    func untilRunningWithoutWriting() async throws {
        try await eventually(within: .seconds(40), "all routes run") {
            let routes = try await api("/v1/status").json.routes.elements
            return !routes.isEmpty && routes.allSatisfy { $0.state.string == "running" }
        }
    }
}
