import AMQP
import BrokerHarness
import Foundation
import NIOCore
import RopewayHarness
import Testing

@Suite("Topology sync", .serialized, .timeLimit(.minutes(3)))
struct SyncTests {
    /// `Scripts/topology-versions` asks for 2,000.
    private static let objects =
        ProcessInfo.processInfo.environment["ROPEWAY_TOPOLOGY_OBJECTS"].flatMap { Int($0) } ?? 300

    @Test(
        "brings all objects over; then nothing differs, a second one writes nothing, and one conflict holds up no other"
    )
    func wholeTopology() async throws {
        // given
        var bench = try await TopologyBench.make()
        // The least rights with which it works.
        let user = try await bench.makeUser(tags: "policymaker")
        bench.ropeway.dc1.admin = user
        bench.ropeway.dc2.admin = user
        let objects = Self.objects
        try await bench.load(SampleTopology(objects: objects))
        // and: objects of Ropeway's on the active site, as another pair has them
        try await bench.declareQueue("ropeway.other.orders.capture", on: bench.dc1)
        let policy = #"{"pattern":"^ropeway","definition":{"max-length":7}}"#
        let policyPath = "/api/policies/\(bench.host1)/ropeway.other.orders.capture"
        try await bench.send("PUT", policyPath, policy, to: bench.dc1)
        // and: a queue that is otherwise on the standby site, and one that is there alone
        try await bench.declareQueue("billing.queue.9", #"{"x-max-length":5}"#, on: bench.dc2)
        try await bench.declareQueue("monitoring", on: bench.dc2)

        // when
        let before = try await bench.topology("diff")
        let dry = try await bench.topology("sync", "--dry-run")
        let untouched = try await bench.names(on: bench.dc2)
        let started = ContinuousClock.now
        let sync = try await bench.topology("sync")
        let time = ContinuousClock.now - started

        // then
        #expect(before.status == 3, "\(before)")
        #expect(time < .seconds(60))
        #expect(before.json.counts.missing.int == objects - 1)
        #expect(before.json.counts.conflict.int == 1)
        #expect(before.json.counts.only_there.int == 1)
        #expect(dry.status == 3)
        #expect(untouched == ["q billing.queue.9", "q monitoring"])
        #expect(sync.status == 5, "\(sync)")
        #expect(sync.json.sync.done.create.int == objects - 1)
        #expect(sync.json.sync.refused == .array([]))
        let conflict = sync.json.differences.elements.first { $0.kind.string == "conflict" } ?? .null
        #expect(conflict.object.name.string == "billing.queue.9")
        let limit = conflict.properties.elements.first { $0.key.string == "x-max-length" } ?? .null
        #expect(limit.target.int == 5)
        #expect(limit.source == .null)
        let own = try await bench.names(on: bench.dc1).filter {
            $0.hasPrefix("q ropeway.") || $0.hasPrefix("p ropeway.")
        }
        #expect(own.count == 2)
        #expect(
            try await bench.names(on: bench.dc2) == bench.names(on: bench.dc1).subtracting(own).union(["q monitoring"])
        )

        // when: the conflict is solved by hand
        try await bench.send("DELETE", "/api/queues/\(bench.host2)/billing.queue.9", to: bench.dc2)
        let again = try await bench.topology("sync")
        let idle = ContinuousClock.now
        let third = try await bench.topology("sync")
        let idleTime = ContinuousClock.now - idle
        let after = try await bench.topology("diff")

        // then: its bindings went with it, and came again
        #expect(again.status == 0, "\(again)")
        #expect(third.status == 0)
        #expect(third.json.sync.done == .object(["create": .number(0), "change": .number(0), "delete": .number(0)]))
        #expect(after.status == 3)
        #expect(after.json.differences.elements.map { $0.object.name.string } == ["monitoring"])
        for node in [bench.dc1, bench.dc2] { _ = try await node.management("DELETE", "/api/users/\(user)") }
        print("topology: \(bench.dc1.version) to \(bench.dc2.version), \(objects) objects, \(time), again \(idleTime)")
    }

    @Test("prunes what it showed and nothing else, never a queue with messages, and not without being told")
    func prune() async throws {
        // given
        let bench = try await TopologyBench.make()
        try await bench.declareQueue("kept", on: bench.dc1)
        for name in ["old", "full", "consumed", "stream"] {
            try await bench.declareQueue(name, name == "stream" ? #"{"x-queue-type":"stream"}"# : "{}", on: bench.dc2)
        }
        try await bench.declareQueue("ropeway.x.lock", on: bench.dc2)
        let connection = try await bench.dc2.connect(virtualHost: bench.host2)
        let channel = try await connection.openChannel()
        try await channel.selectConfirms()
        for queue in ["full", "stream"] {
            _ = try await channel.publish(ByteBuffer(string: "m"), exchange: "", routingKey: queue)
        }
        _ = try await channel.consumer(queue: "consumed", tag: "c", prefetch: 1)
        try await eventually(within: .seconds(15), "the broker tells of the consumer") {
            let queue: JSON = try await bench.dc2.managementJSON("/api/queues/\(bench.host2)/consumed")
            return queue.consumers.int == 1
        }

        // when
        let without = try await bench.topology("sync")
        let unasked = try await bench.topology("sync", "--prune")
        let stillThere = try await bench.names(on: bench.dc2)
        let pruned = try await bench.topology("sync", "--prune", "--yes")

        // then
        #expect(without.status == 0, "\(without)")
        #expect(unasked.status == 3, "\(unasked)")
        #expect(unasked.errors.contains("delete queue 'old'"))
        #expect(stillThere.count == 6)
        #expect(pruned.status == 5, "\(pruned)")
        #expect(pruned.json.sync.done.delete.int == 1)
        #expect(Set(pruned.json.sync.refused.elements.map { $0.object.name.string }) == ["full", "consumed", "stream"])
        let left = try await bench.names(on: bench.dc2)
        #expect(left == ["q kept", "q full", "q consumed", "q stream", "q ropeway.x.lock"])
        await connection.close()
    }

    @Test("takes names of any kind for what they are, and deletes exactly those again")
    func oddNames() async throws {
        // given
        let bench = try await TopologyBench.make()
        let names = [
            "a/b", "a%2Fb", "..%2F..", "%", "?x=1#y", "\"'`$(id)", "a\tb\u{1B}[31m", " padded ", "\\", "ünï/😀",
            String(repeating: "x", count: 255), String(repeating: "é", count: 127), "a~b", "*", "ropeway", "Ropeway.x",
            "...", "e", "q", "+", "a+b", "\u{202E}abc", ";DROP", "{}", "[]", "0", "-", "_",
        ]
        for name in names {
            try await bench.declareQueue(name, on: bench.dc1)
            let path = "/api/exchanges/\(bench.host1)/\(name.percentEncoded)"
            try await bench.send("PUT", path, #"{"type":"topic","durable":true}"#, to: bench.dc1)
        }
        for (index, name) in names.enumerated() {
            let other = names[(index + 1) % names.count]
            let body = try JSONEncoder().encode(["routing_key": other])
            for (kind, end) in [("q", name), ("e", other)] {
                let path = "/api/bindings/\(bench.host1)/e/\(name.percentEncoded)/\(kind)/\(end.percentEncoded)"
                try await bench.send("POST", path, String(decoding: body, as: UTF8.self), to: bench.dc1)
            }
            let path = "/api/policies/\(bench.host1)/\(name.percentEncoded)"
            try await bench.send("PUT", path, #"{"pattern":"^none$","definition":{"max-length":1}}"#, to: bench.dc1)
        }
        // and: names that no path can hold, declared over AMQP
        for node in [bench.dc1, bench.dc2] {
            let host = node.name == bench.dc1.name ? bench.host1 : bench.host2
            try await node.declare(exchange: "..", queues: [".", ".."], virtualHost: host)
        }
        try await bench.declareQueue("standby's own", on: bench.dc2)
        let wanted = try await bench.names(on: bench.dc1)

        // when
        let sync = try await bench.topology("sync")
        let diff = try await bench.topology("diff")

        // then
        #expect(sync.status == 0, "\(sync)")
        #expect(sync.json.sync.done.create.int == names.count * 5)
        #expect(sync.json.left_out.elements.count { $0.reason.string == "unnameable" } == 3)
        #expect(diff.json.counts.missing.int == 0)
        #expect(try await bench.names(on: bench.dc2) == wanted.union(["q standby's own"]))

        // when: the active site gives them up, and the standby site follows
        for name in names {
            for kind in ["queues", "exchanges", "policies"] {
                try await bench.send("DELETE", "/api/\(kind)/\(bench.host1)/\(name.percentEncoded)", to: bench.dc1)
            }
        }
        try await bench.declareQueue("standby's own", on: bench.dc1)
        let prune = try await bench.topology("sync", "--prune", "--yes")

        // then
        #expect(prune.status == 0, "\(prune)")
        #expect(prune.json.sync.done.delete.int == names.count * 5)
        #expect(try await bench.names(on: bench.dc2) == ["e ..", "q .", "q ..", "q standby's own"])
    }

    @Test("is taken up where a kill left it")
    func killed() async throws {
        // given
        let bench = try await TopologyBench.make()
        let sample = SampleTopology(objects: 500)
        try await bench.load(sample)
        try bench.ropeway.write()

        // when
        let child = try bench.ropeway.start(["topology", "sync"])
        try await eventually(within: .seconds(30), "some of it is there") {
            let list = try await bench.dc2.managementJSON("/api/exchanges/\(bench.host2)", as: JSON.self)
            return list.elements.count > 20
        }
        child.kill()
        #expect(try await child.wait(within: .seconds(5)) == .signal(9))
        let half = try await bench.topology("diff")
        let sync = try await bench.topology("sync")
        let diff = try await bench.topology("diff")

        // then
        let missing = half.json.counts.missing.int ?? 0
        #expect((1..<490).contains(missing), "\(half.json.counts)")
        #expect(sync.status == 0, "\(sync)")
        #expect(sync.json.sync.done.create.int == missing)
        #expect(diff.status == 0, "\(diff)")
    }

    @Test("brings users with the hashes of their passwords, and never Ropeway's own")
    func users() async throws {
        // given
        let bench = try await TopologyBench.make()
        let (shop, own) = ("shop/ü-\(bench.host1)", "ropeway-e1-\(bench.host1)")
        let grant = #"{"configure":"^$","write":"orders","read":".*"}"#
        for user in [shop, own] {
            let body = #"{"password":"secret-7","tags":"monitoring"}"#
            try await bench.send("PUT", "/api/users/\(user.percentEncoded)", body, to: bench.dc1)
            try await bench.send("PUT", "/api/permissions/\(bench.host1)/\(user.percentEncoded)", grant, to: bench.dc1)
        }

        // when
        let without = try await bench.topology("diff")
        let sync = try await bench.topology("sync", "--users")
        let diff = try await bench.topology("diff", "--users")

        // then
        #expect(without.status == 0, "\(without)")
        #expect(sync.status == 0, "\(sync)")
        #expect(diff.status == 0, "\(diff)")
        #expect(diff.json.left_out.elements.filter { $0.reason.string == "own-user" }.count == 2)
        let user: JSON = try await bench.dc2.managementJSON("/api/users/\(shop.percentEncoded)")
        let here: JSON = try await bench.dc1.managementJSON("/api/users/\(shop.percentEncoded)")
        #expect(user.password_hash == here.password_hash)
        #expect(user.tags == here.tags)
        #expect(try await bench.dc2.management("GET", "/api/users/\(own)").status == 404)
        let hash = try #require(here.password_hash.string)
        #expect(!"\(sync)\(diff)".contains(hash))
        for node in [bench.dc1, bench.dc2] {
            _ = try await node.management("DELETE", "/api/users/\(shop.percentEncoded)")
        }
        _ = try await bench.dc1.management("DELETE", "/api/users/\(own)")
    }

    @Test("takes an export for the active site, also while that is away, and a broken one changes nothing")
    func file() async throws {
        // given
        var bench = try await TopologyBench.make()
        try await bench.load(SampleTopology(objects: 60))
        let (_, export) = try await bench.dc1.management("GET", "/api/definitions")
        let file = bench.ropeway.folder.appending(path: "export.json")
        try export.write(to: file)
        let broken = bench.ropeway.folder.appending(path: "broken.json")
        try export.dropLast(export.count / 2).write(to: broken)

        // when
        let refused = try await bench.topology("sync", "--from", broken.path)
        let endless = try await bench.topology("sync", "--from", "/dev/zero")
        let foreign = try await bench.topology("sync", "--from", file.path, "--from-vhost", "nowhere")
        let untouched = try await bench.names(on: bench.dc2)
        let sync = try await bench.topology("sync", "--from", file.path, "--prune", "--yes")
        bench.ropeway.dc1.managementPorts = [try await freePort(in: PortRange.daemons)]
        let diff = try await bench.topology("diff", "--from", file.path)
        let away = try await bench.topology("diff")

        // then
        #expect(refused.status == 64, "\(refused)")
        #expect(endless.status == 64, "\(endless)")
        #expect(foreign.status == 64, "\(foreign)")
        #expect(untouched.isEmpty)
        #expect(sync.json.sync.done.delete.int == 0)
        #expect(sync.json.sync.refused == .array([]), "\(sync)")
        #expect(diff.json.counts.missing.int == 0, "\(diff)")
        #expect(diff.json.counts.only_there.int == 0)
        #expect(away.status == 9, "\(away)")
    }
}
