import BrokerHarness
import ControlModel
import Foundation
import Leadership
import Management
import Relay
import Testing

@testable import Failover

@Suite("A site's record", .timeLimit(.minutes(5)))
struct RecordStoreTests {
    private static func store() async throws -> (store: RecordStore, site: Site, pair: String) {
        let node = try await SharedPair.get().dc1
        let site = try TestSite.make(node)
        // Global parameters belong to no virtual host.
        let pair = "p-\(UUID().uuidString.lowercased().prefix(13))"
        return (RecordStore(site: site, pair: pair), site, pair)
    }

    private static func epochs(_ site: Site, _ pair: String) async throws -> Set<String> {
        Set(try await site.admin.globalParameters().map(\.name).filter { $0.hasPrefix("ropeway.\(pair).") })
    }

    private static func kind(_ body: () async throws(RecordError) -> Void) async -> RecordError.Kind? {
        do throws(RecordError) {
            try await body()
            return nil
        } catch {
            return error.kind
        }
    }

    @Test(
        "Given a pair of the same name in another virtual host, when its record is read or written, then that is told"
    )
    func anotherVirtualHost() async throws {
        let node = try await SharedPair.get().dc1
        let (store, _, pair) = try await Self.store()
        try await store.write(PairRecord(pair: pair, active: "dc1"), generation: 1)
        let other = RecordStore(
            site: try TestSite.make(node, virtualHost: try await freshVirtualHost(on: node)),
            pair: pair
        )

        let reading = await Self.kind { () throws(RecordError) in _ = try await other.read() }
        let writing = await Self.kind { () throws(RecordError) in
            try await other.write(PairRecord(pair: pair, active: "dc1"), generation: 9)
        }

        #expect(reading == .anotherVirtualHost("/"))
        #expect(writing == .anotherVirtualHost("/"))
        #expect(try await store.read()?.generation == 1)
    }

    @Test("Given a full record, when written, then it is read as it was written")
    func roundTrip() async throws {
        let (store, _, pair) = try await Self.store()
        #expect(try await store.read() == nil)
        let start = Date()
        var record = PairRecord(pair: pair, active: "dc1")
        record.change { record in
            record.operation = PairRecord.Operation(
                id: "o",
                kind: .forced,
                site: "dc2",
                step: "replay",
                started: start,
                cut: start,
                stores: [
                    "orders": PairRecord.Store(
                        count: 3,
                        firstOffset: 9,
                        seal: "s",
                        sealOffset: 12,
                        newest: 1_700_000_000_000
                    ),
                    "empty": PairRecord.Store(),
                ]
            )
            record.append(
                PairRecord.Entry(
                    id: "e",
                    kind: .planned,
                    site: "dc1",
                    epoch: 1,
                    started: start,
                    ended: start,
                    result: "aborted",
                    note: "zurück \"x\""
                )
            )
        }
        let written = try await store.write(record, generation: 3)
        #expect(written.generation == 3)
        #expect(try await store.read() == written)
        try await store.removeAll()
        #expect(try await store.read() == nil)
    }

    @Test(
        "Given five epochs, when written, then the highest is read and three are kept, and nothing of other pairs goes"
    )
    func prune() async throws {
        let (store, site, pair) = try await Self.store()
        let other = RecordStore(site: site, pair: "\(pair)-2")
        try await other.write(PairRecord(pair: "\(pair)-2", active: "dc1"), generation: 1)
        try await site.admin.putGlobalParameter("ropeway.\(pair).orders.1", value: "not ours")
        for epoch in 1...11 {
            try await store.write(PairRecord(pair: pair, active: "dc1", epoch: epoch), generation: UInt64(epoch))
        }
        #expect(try await store.read()?.epoch == 11)
        let expected = Set(["9", "10", "11", "orders.1"].map { "ropeway.\(pair).\($0)" })
        #expect(try await Self.epochs(site, pair) == expected)
        try await store.removeAll()
        #expect(try await Self.epochs(site, pair) == ["ropeway.\(pair).orders.1"])
        #expect(try await other.read() != nil)
        try await other.removeAll()
        try await site.admin.deleteGlobalParameter("ropeway.\(pair).orders.1")
    }

    @Test("Given an operation that was taken back, when its new epoch is written late, then it does not count")
    func late() async throws {
        let (store, site, pair) = try await Self.store()
        func operation(at step: String) -> PairRecord.Operation {
            PairRecord.Operation(id: "o", kind: .planned, site: "dc2", step: step, started: Date())
        }
        // Given a planned promotion whose process was frozen just before it wrote the new epoch
        var announced = PairRecord(pair: pair, active: "dc1")
        announced.change { $0.operation = operation(at: "draining") }
        announced = try await store.write(announced, generation: 5)
        var late = announced
        late.change {
            $0.epoch = 2
            $0.active = "dc2"
            $0.operation = operation(at: "replaying")
        }
        // When whoever leads then takes it back, and the frozen process goes on
        var restored = announced
        restored.change { $0.endOperation("aborted", at: Date()) }
        restored = try await store.write(restored, generation: 6)
        let value = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(late))
        try await site.admin.putGlobalParameter("ropeway.\(pair).2", value: value)
        // Then the record of the epoch before counts, and the next promotion writes over the late one
        #expect(try await store.read() == restored)
        var next = restored
        next.change {
            $0.epoch = 2
            $0.active = "dc2"
        }
        let written = try await store.write(next, generation: 6)
        #expect(try await store.read() == written)
    }

    @Test("Given a record, when one of a lower epoch or generation is written, then it is refused")
    func superseded() async throws {
        let (store, _, pair) = try await Self.store()
        try await store.write(PairRecord(pair: pair, active: "dc2", epoch: 2), generation: 5)
        let lower = await Self.kind { () throws(RecordError) in
            try await store.write(PairRecord(pair: pair, active: "dc1", epoch: 1), generation: 6)
        }
        #expect(lower == .superseded(epoch: 2, generation: 5))
        let stale = await Self.kind { () throws(RecordError) in
            try await store.write(PairRecord(pair: pair, active: "dc1", epoch: 3), generation: 4)
        }
        #expect(stale == .superseded(epoch: 2, generation: 5))
        #expect(try await store.read()?.active == "dc2")
        try await store.removeAll()
    }

    @Test(
        "Given a record of another version or none at all, when read, then it is refused by name, and not overwritten"
    )
    func unreadable() async throws {
        let (store, site, pair) = try await Self.store()
        let name = "ropeway.\(pair).4"
        try await site.admin.putGlobalParameter(name, value: ["version": 2, "something": "else"])
        #expect(await Self.kind { () throws(RecordError) in _ = try await store.read() } == .unknownVersion(2))
        let malformed: [JSONValue] = [
            "text", 7, true, [], ["version": "1"], ["version": 1],
            ["version": 1, "pair": .string(pair), "active": "dc1", "epoch": 5, "revision": 0, "generation": 1],
            ["version": 1, "pair": "x", "active": "dc1", "epoch": 4, "revision": 0, "generation": 1],
            ["version": 1, "pair": .string(pair), "active": "dc1", "epoch": 4, "revision": 0, "generation": -1],
        ]
        for value in malformed {
            try await site.admin.putGlobalParameter(name, value: value)
            let kind = await Self.kind { () throws(RecordError) in _ = try await store.read() }
            guard case .malformed = kind else {
                Issue.record("\(value) was read: \(String(describing: kind))")
                continue
            }
        }
        let refusal = await Self.kind { () throws(RecordError) in
            try await store.write(PairRecord(pair: pair, active: "dc1", epoch: 9), generation: 9)
        }
        guard case .malformed = refusal else {
            Issue.record("overwritten: \(String(describing: refusal))")
            return
        }
        try await store.removeAll()
        #expect(try await Self.epochs(site, pair).isEmpty)
    }

    @Test("Given a site that is silent, when read, then it is unavailable")
    func silent() async throws {
        let node = try await SharedPair.get().dc1
        let proxy = try await LinkProxy.start(to: node.managementPort)
        try await proxy.setMode(.cut)
        let site = try TestSite.make(node, managementPort: proxy.port)
        let reading = await RecordReading.of(RecordStore(site: site, pair: "p"))
        guard case .unreachable = reading else {
            Issue.record("\(reading)")
            return
        }
        try await proxy.shutdown()
    }
}
