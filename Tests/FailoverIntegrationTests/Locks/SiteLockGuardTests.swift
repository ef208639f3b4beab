import AMQP
import BrokerHarness
import ControlModel
import Leadership
import Management
import NIOCore
import NIOPosix
import Relay
import Testing

@testable import Failover

@Suite("What a site's lock is guarded against", .timeLimit(.minutes(5)))
struct SiteLockGuardTests {
    private static let fast = LockRenewal(interval: .milliseconds(100), limit: .seconds(3))

    private static func site() async throws -> (site: Site, node: BrokerNode) {
        let node = try await SharedPair.get().dc1
        return (try TestSite.make(node, virtualHost: try await freshVirtualHost(on: node)), node)
    }

    private static func acquire(
        _ site: Site,
        pair: String = "test",
        _ instance: String,
        within timeout: Duration = .seconds(20),
        renewal: LockRenewal = LockRenewal()
    ) async throws(LockError) -> HeldLock {
        try await SiteLock.acquire(
            site: site,
            pair: pair,
            holder: .test(instance),
            timeout: timeout,
            renewal: renewal,
            on: NIOSingletons.posixEventLoopGroup.next()
        )
    }

    private static func put(
        _ definition: [String: JSONValue],
        _ kind: PolicyKind = .policy,
        at site: Site
    ) async throws {
        try await site.admin.putPolicy(
            Policy(
                virtualHost: site.virtualHost,
                name: "everything",
                pattern: ".*",
                appliesTo: "all",
                priority: 900,
                definition: definition
            ),
            kind: kind
        )
    }

    // MARK: Policies

    @Test("Given somebody's delivery limit of 3 for everything, when the token is renewed often, then it stays held")
    func foreignPolicy() async throws {
        let (site, _) = try await Self.site()
        try await Self.put(["delivery-limit": 3], at: site)
        let lock = try await Self.acquire(site, "a", renewal: Self.fast)
        try await Task.sleep(for: .seconds(5))
        #expect(lock.isHeld)
        await lock.release()
        #expect(try await Self.acquire(site, "b").generation > lock.generation + 10)
    }

    @Test("Given an operator's delivery limit for everything, when the lock is asked for, then it says which policy")
    func operatorPolicy() async throws {
        let (site, _) = try await Self.site()
        try await Self.put(["delivery-limit": 3], .operatorPolicy, at: site)
        do throws(LockError) {
            _ = try await Self.acquire(site, "a")
            Issue.record("a lock was taken whose token would be dropped")
        } catch {
            guard case .broken(let reason) = error.kind else {
                Issue.record("\(error)")
                return
            }
            #expect(reason.contains("operator policy 'everything'") && reason.contains("delivery-limit"))
        }
    }

    @Test("Given a held lock, when an operator's delivery limit comes, then a token that is dropped is told as lost")
    func tokenDropped() async throws {
        let (site, node) = try await Self.site()
        let lock = try await Self.acquire(site, "a", renewal: Self.fast)
        try await Self.put(["delivery-limit": 3], .operatorPolicy, at: site)
        guard node.version < NodeVersion("4.3")! else {
            // What is given back does not count as a failed delivery there.
            try await Task.sleep(for: .seconds(5))
            #expect(lock.isHeld)
            await lock.release()
            return
        }
        let error = await lock.waitUntilLost()
        #expect(error.reason.contains("the token is gone"))
        #expect(!lock.isHeld)
    }

    @Test("Given limits of an operator that one small message keeps, when the lock is asked for, then it is had")
    func harmlessLimits() async throws {
        let (site, _) = try await Self.site()
        try await Self.put(["max-length": 1000, "max-length-bytes": 100_000], .operatorPolicy, at: site)
        let lock = try await Self.acquire(site, "a", renewal: Self.fast)
        #expect(lock.isHeld)
        await lock.release()
    }

    // MARK: Generations

    @Test(
        "Given a record, when the lock changes hands, then its earlier holder can't write although nothing was written"
    )
    func claimed() async throws {
        let (site, _) = try await Self.site()
        let pair = "p-\(site.virtualHost)"
        let store = RecordStore(site: site, pair: pair)
        let first = try await Self.acquire(site, pair: pair, "a")
        var record = try await store.write(PairRecord(pair: pair, active: "dc1"), generation: first.generation)
        await first.release()
        let second = try await Self.acquire(site, pair: pair, "b")
        record.change { $0.active = "dc2" }
        let stale = record
        await #expect(throws: RecordError.self) { try await store.write(stale, generation: first.generation) }
        #expect(try await store.read()?.active == "dc1")
        try await store.write(stale, generation: second.generation)
        await second.release()
        try await store.removeAll()
    }

    @Test(
        "Given a record of a higher generation than the token's, when the lock is taken, then it can be written again"
    )
    func raised() async throws {
        let (site, _) = try await Self.site()
        let pair = "p-\(site.virtualHost)"
        let store = RecordStore(site: site, pair: pair)
        let first = try await Self.acquire(site, pair: pair, "a")
        await first.release()
        let record = try await store.write(PairRecord(pair: pair, active: "dc1"), generation: 5000)
        let second = try await Self.acquire(site, pair: pair, "b")
        #expect(second.generation > 5000)
        try await store.write(record, generation: second.generation)
        #expect(second.isHeld)
        await second.release()
        // The token that was replaced is gone, and generations go on from the higher one.
        let third = try await Self.acquire(site, pair: pair, "c")
        #expect(third.generation > second.generation)
        await third.release()
        try await store.removeAll()
    }

    @Test(
        "Given definitions copied from the other site, when the record is written, then that site's lock does not count"
    )
    func copiedDefinitions() async throws {
        let (site, node) = try await Self.site()
        let pair = "p-\(site.virtualHost)"
        let name = "ropeway.\(pair).1"
        let lock = try await Self.acquire(site, pair: pair, "a")
        let store = RecordStore(site: site, pair: pair)
        let record = try await store.write(PairRecord(pair: pair, active: "dc1"), generation: lock.generation)
        // What the other site's export brings along
        let other = try TestSite.make(node, name: "dc2")
        try await RecordStore(site: other, pair: pair).removeAll()
        try await RecordStore(site: other, pair: pair).write(record, generation: 90_000)
        let copy = try #require(try await store.read())
        #expect(copy.isForeign(at: site.name) && copy.generation == 90_000)
        #expect(
            RecordView((site.name, .record(copy)), ("dc2", .record(copy)), configuredActive: "dc1")
                == .agreed(copy, behind: site.name)
        )
        let written = try await store.write(record, generation: lock.generation)
        #expect(written.site == site.name && written.generation == lock.generation)
        #expect(try await site.admin.globalParameter(name)?["site"] == .string(site.name))
        await lock.release()
        let next = try await Self.acquire(site, pair: pair, "b")
        #expect(next.generation < 90_000)
        await next.release()
        try await store.removeAll()
    }

    // MARK: Its own predecessor

    @Test("Given a connection that was given up and hangs, when its own process asks again, then it takes over at once")
    func ownPredecessor() async throws {
        let node = try await SharedPair.get().dc1
        let virtualHost = try await freshVirtualHost(on: node)
        let proxy = try await LinkProxy.start(to: node.amqpPort)
        let silent = try TestSite.make(node, virtualHost: virtualHost, amqpPort: proxy.port)
        let site = try TestSite.make(node, virtualHost: virtualHost)
        let first = try await Self.acquire(silent, "a")
        // While it is held, the process is told that it is itself
        try await eventually(within: .seconds(10), "the holder is known") {
            try await SiteLock.holder(site: site, pair: "test") == .test("a")
        }
        do throws(LockError) {
            _ = try await Self.acquire(site, "a", within: .seconds(3))
            Issue.record("two hold it")
        } catch {
            #expect(error.isOwnPredecessor && error.reason.contains("this process"), "\(error)")
        }
        #expect(first.isHeld)
        try await proxy.setMode(.blackHole)
        await first.release()
        let clock = ContinuousClock()
        let start = clock.now
        let second = try await Self.acquire(site, "a", within: .seconds(40))
        #expect(clock.now - start < .seconds(7))
        #expect(second.generation > first.generation)
        await second.release()
        try await proxy.shutdown()
    }
}
