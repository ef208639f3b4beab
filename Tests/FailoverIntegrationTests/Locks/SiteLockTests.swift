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

@Suite("A site's lock", .timeLimit(.minutes(5)))
struct SiteLockTests {
    private static func site() async throws -> Site {
        let node = try await SharedPair.get().dc1
        return try TestSite.make(node, virtualHost: try await freshVirtualHost(on: node))
    }

    private static func acquire(
        _ site: Site,
        _ instance: String,
        within timeout: Duration = .seconds(20),
        renewal: LockRenewal = LockRenewal()
    ) async throws -> HeldLock {
        try await SiteLock.acquire(
            site: site,
            pair: "test",
            holder: .test(instance),
            timeout: timeout,
            renewal: renewal,
            on: NIOSingletons.posixEventLoopGroup.next()
        )
    }

    @discardableResult
    private static func withChannel<Value: Sendable>(
        _ site: Site,
        _ body: (AMQPChannel) async throws -> Value
    ) async throws -> Value {
        let connection = try await AMQPConnection.connect(site.connection(name: "test", for: .control))
        do {
            let value = try await body(connection.openChannel())
            await connection.close()
            return value
        } catch {
            await connection.close()
            throw error
        }
    }

    private static func publishToken(_ site: Site, base: UInt64 = 0) async throws {
        try await withChannel(site) { channel in
            try await channel.selectConfirms()
            let result = try await channel.publish(
                ByteBuffer(string: "token"),
                properties: LockToken.properties(base: base),
                exchange: "",
                routingKey: SiteLock.queue(of: "test")
            )
            #expect(result == .confirmed)
        }
    }

    @Test("Given nothing at the site, when two ask, then one gets it, and the other once the first gives it back")
    func release() async throws {
        let site = try await Self.site()
        let first = try await Self.acquire(site, "a")
        #expect(first.isHeld)
        #expect(first.generation == 1)
        async let waiting = Self.acquire(site, "b")
        try await eventually(within: .seconds(15), "two consumers") {
            try await site.management.queue(SiteLock.queue(of: "test"), virtualHost: site.virtualHost)?
                .consumerDetails.count == 2
        }
        #expect(first.isHeld)
        let clock = ContinuousClock()
        let start = clock.now
        await first.release()
        let second = try await waiting
        // At once, and not when heartbeats are missed, which takes longer than the 10 s from one to the next.
        #expect(clock.now - start < .seconds(10))
        #expect(second.generation > first.generation)
        #expect(!first.isHeld)
        guard case .cancelled = await first.waitUntilLost().kind else {
            Issue.record("\(await first.waitUntilLost())")
            return
        }
        await second.release()
    }

    @Test("Given two that ask at the same time at a new site, when one has it, then the other has not")
    func race() async throws {
        let site = try await Self.site()
        let winners = await withTaskGroup(of: HeldLock?.self) { group in
            for instance in ["a", "b", "c"] {
                group.addTask { try? await Self.acquire(site, instance, within: .seconds(15)) }
            }
            var winners: [HeldLock] = []
            for await case let lock? in group { winners.append(lock) }
            return winners
        }
        #expect(winners.count == 1)
        #expect(winners.allSatisfy { $0.isHeld })
        // Whatever the race published too many is gone: one token is handed on.
        for lock in winners { await lock.release() }
        let next = try await Self.acquire(site, "d")
        #expect(next.generation > winners.map(\.generation).max() ?? 0)
        await next.release()
        try await eventually(within: .seconds(10), "one token") {
            try await Self.withChannel(site) { channel in
                try await channel.declareQueue(SiteLock.queue(of: "test"), passive: true).messages == 1
            }
        }
    }

    @Test(
        "Given a holder, when its connection is closed, then it is told and the next gets it with a higher generation"
    )
    func killed() async throws {
        let site = try await Self.site()
        let first = try await Self.acquire(site, "a")
        async let waiting = Self.acquire(site, "b", within: .seconds(40))
        try await eventually(within: .seconds(20), "the holder's connection is listed and closed") {
            let queue = try await site.management.queue(SiteLock.queue(of: "test"), virtualHost: site.virtualHost)
            let holding = queue?.consumerDetails.first { $0.isActive == true }?.connection
            guard let holding, try await SiteLock.holder(site: site, pair: "test") == .test("a") else { return false }
            return try await site.management.closeConnection(holding, reason: "test")
        }
        let second = try await waiting
        #expect(second.generation > first.generation)
        let reason = await first.waitUntilLost()
        guard case .lost = reason.kind else {
            Issue.record("\(reason)")
            return
        }
        #expect(!first.isHeld)
        await second.release()
    }

    @Test("Given a holder, when another gives up waiting, then it is told who holds it")
    func holder() async throws {
        let site = try await Self.site()
        let first = try await Self.acquire(site, "a")
        try await eventually(within: .seconds(15), "the holder is known") {
            try await SiteLock.holder(site: site, pair: "test") == .test("a")
        }
        do throws(LockError) {
            _ = try await SiteLock.acquire(site: site, pair: "test", holder: .test("b"), timeout: .seconds(6))
            Issue.record("two hold it")
        } catch {
            guard case .heldByAnother(let holder) = error.kind else {
                Issue.record("\(error)")
                return
            }
            #expect(holder == .test("a"))
        }
        #expect(first.isHeld)
        await first.release()
    }

    @Test("Given a queue without a token, when it is asked for, then one is published")
    func lostToken() async throws {
        let site = try await Self.site()
        let first = try await Self.acquire(site, "a")
        await first.release()
        try await Self.withChannel(site) { try await $0.purgeQueue(SiteLock.queue(of: "test")) }
        let second = try await Self.acquire(site, "b")
        await second.release()
    }

    @Test("Given a waiting consumer and no token, when nobody else publishes one, then it does")
    func tokenThatNeverCame() async throws {
        let site = try await Self.site()
        // A process that declares and consumes, and dies before it publishes.
        let dying = try await AMQPConnection.connect(site.connection(name: "dying", for: .control))
        let channel = try await dying.openChannel()
        try await channel.declareQueue(
            SiteLock.queue(of: "test"),
            arguments: [
                "x-queue-type": "quorum", "x-single-active-consumer": true,
                "x-delivery-limit": .int64(1_000_000_000),
            ]
        )
        try await channel.consume(SiteLock.queue(of: "test"), tag: "dying")
        async let waiting = Self.acquire(site, "b", within: .seconds(60))
        try await eventually(within: .seconds(15), "two consumers") {
            try await site.management.queue(SiteLock.queue(of: "test"), virtualHost: site.virtualHost)?
                .consumerDetails.count == 2
        }
        dying.drop()
        let lock = try await waiting
        #expect(lock.isHeld)
        await lock.release()
    }

    @Test("Given surplus tokens, when they come, then the holder keeps the highest generation and removes the rest")
    func surplus() async throws {
        let site = try await Self.site()
        let first = try await Self.acquire(site, "a")
        try await Self.publishToken(site)
        try await Self.publishToken(site, base: 50)
        try await Self.publishToken(site, base: 20)
        #expect(first.isHeld)
        await first.release()
        let second = try await Self.acquire(site, "b")
        #expect(second.generation > 50)
        await second.release()
    }

    @Test("Given a record, when the queue is deleted and declared again, then generations go on from the record's")
    func recreated() async throws {
        let site = try await Self.site()
        let pair = "pair-\(site.virtualHost)"
        let store = RecordStore(site: site, pair: pair)
        try await store.write(PairRecord(pair: pair, active: "dc1"), generation: 7)
        let lock = try await SiteLock.acquire(site: site, pair: pair, holder: .test("a"), timeout: .seconds(20))
        #expect(lock.generation > 7)
        try await Self.withChannel(site) { try await $0.deleteQueue(SiteLock.queue(of: pair)) }
        guard case .lost = await lock.waitUntilLost().kind else {
            Issue.record("the deletion of the queue went unnoticed")
            return
        }
        try await store.removeAll()
    }

    @Test("Given a holder for long, when the token is renewed, then it stays with the holder, who waits stays waiting")
    func renewal() async throws {
        let site = try await Self.site()
        let renewal = LockRenewal(interval: .milliseconds(100), limit: .seconds(10))
        let first = try await Self.acquire(site, "a", renewal: renewal)
        await #expect(throws: LockError.self) {
            _ = try await Self.acquire(site, "b", within: .seconds(4))
        }
        #expect(first.isHeld)
        await first.release()
        let second = try await Self.acquire(site, "c")
        // About 40 renewals passed.
        #expect(second.generation > first.generation + 10)
        await second.release()
    }

    @Test("Given a broker that is down or silent, when the lock is asked for, then it fails within the time")
    func unreachable() async throws {
        let node = try await SharedPair.get().dc1
        let proxy = try await LinkProxy.start(to: node.amqpPort)
        let site = try TestSite.make(node, virtualHost: try await freshVirtualHost(on: node), amqpPort: proxy.port)
        for mode in [LinkMode.cut, .blackHole] {
            try await proxy.setMode(mode)
            let clock = ContinuousClock()
            let start = clock.now
            do throws(LockError) {
                _ = try await SiteLock.acquire(site: site, pair: "test", holder: .test("a"), timeout: .seconds(2))
                Issue.record("acquired through \(mode)")
            } catch {
                guard case .unreachable = error.kind else {
                    Issue.record("\(error)")
                    return
                }
            }
            #expect(clock.now - start < .seconds(4))
        }
        try await proxy.shutdown()
    }

    @Test("Given a holder that falls silent, when its heartbeats are missed, then another gets it and both know")
    func silence() async throws {
        let node = try await SharedPair.get().dc1
        let virtualHost = try await freshVirtualHost(on: node)
        let proxy = try await LinkProxy.start(to: node.amqpPort)
        let silent = try TestSite.make(node, virtualHost: virtualHost, amqpPort: proxy.port)
        let site = try TestSite.make(node, virtualHost: virtualHost)
        let first = try await Self.acquire(silent, "a")
        try await proxy.setMode(.blackHole)
        let clock = ContinuousClock()
        let start = clock.now
        let second = try await Self.acquire(site, "b", within: .seconds(40))
        #expect(clock.now - start < .seconds(25))
        #expect(second.generation > first.generation)
        guard case .lost = await first.waitUntilLost().kind else {
            Issue.record("the holder was not told")
            return
        }
        await second.release()
        try await proxy.shutdown()
    }

    @Test("Given a memory alarm, when the lock is held, handed on or new, then only the new one fails, and says why")
    func alarm() async throws {
        try await SpareNode.with { node in
            let site = try TestSite.make(node)
            let first = try await Self.acquire(site, "a", renewal: LockRenewal(interval: .milliseconds(200)))
            try await node.alarm(true)
            async let waiting = Self.acquire(site, "b", within: .seconds(30))
            try await eventually(within: .seconds(15), "two consumers") {
                try await site.management.queue(SiteLock.queue(of: "test"), virtualHost: site.virtualHost)?
                    .consumerDetails.count == 2
            }
            #expect(first.isHeld)
            await first.release()
            let second = try await waiting
            #expect(second.generation > first.generation)
            await second.release()
            do throws(LockError) {
                _ = try await SiteLock.acquire(site: site, pair: "new", holder: .test("a"), timeout: .seconds(10))
                Issue.record("a token was published in an alarm")
            } catch {
                guard case .broken(let reason) = error.kind else {
                    Issue.record("\(error)")
                    return
                }
                #expect(reason.contains("alarm"))
            }
            // The broker goes on where it left off, so that a token of the failed attempt may come as well.
            try await node.alarm(false)
            let third = try await SiteLock.acquire(site: site, pair: "new", holder: .test("a"), timeout: .seconds(20))
            await third.release()
        }
    }

    @Test("Given a cluster that loses its majority, when the token is renewed in vain, then its holder steps down")
    func majority() async throws {
        let node = try await BrokerNode.start("majority1")
        let other = try await BrokerNode.start("majority2", joining: node)
        let site = try TestSite.make(node)
        let lock = try await Self.acquire(
            site,
            "a",
            renewal: LockRenewal(interval: .milliseconds(300), limit: .seconds(3))
        )
        let members = try await eventualMembers(site)
        #expect(members == 2)
        #expect(lock.isHeld)
        try await other.freeze()
        let reason = await lock.waitUntilLost()
        guard case .lost(let text) = reason.kind else {
            Issue.record("\(reason)")
            return
        }
        #expect(text.contains("did not give the token back"))
        try await other.thaw()
        let next = try await Self.acquire(site, "b", within: .seconds(60))
        #expect(next.generation > lock.generation)
        await next.release()
        try await other.wipe()
        try await node.wipe()
    }

    /// The number of the lock's members, once the broker tells it.
    private func eventualMembers(_ site: Site) async throws -> Int {
        var members = 0
        try await eventually(within: .seconds(15), "the queue's members") {
            members =
                try await site.management.queue(SiteLock.queue(of: "test"), virtualHost: site.virtualHost)?
                .members.count ?? 0
            return members > 0
        }
        return members
    }

    @Test("Given a queue of another kind with the lock's name, when the lock is asked for, then it is broken, and why")
    func wrongQueue() async throws {
        let site = try await Self.site()
        try await Self.withChannel(site) { channel in
            _ = try await channel.declareQueue(
                SiteLock.queue(of: "test"),
                arguments: ["x-queue-type": "classic"]
            )
        }
        do throws(LockError) {
            _ = try await SiteLock.acquire(site: site, pair: "test", holder: .test("a"), timeout: .seconds(5))
            Issue.record("acquired")
        } catch {
            guard case .broken(let reason) = error.kind else {
                Issue.record("\(error)")
                return
            }
            #expect(reason.contains("406"))
        }
    }

    @Test("Given a task that waits, when it is cancelled, then it returns at once")
    func cancelled() async throws {
        let site = try await Self.site()
        let first = try await Self.acquire(site, "a")
        let waiting = Task { () -> LockError? in
            do throws(LockError) {
                _ = try await SiteLock.acquire(site: site, pair: "test", holder: .test("b"), timeout: .seconds(60))
                return nil
            } catch {
                return error
            }
        }
        try await eventually(within: .seconds(15), "two consumers") {
            try await site.management.queue(SiteLock.queue(of: "test"), virtualHost: site.virtualHost)?
                .consumerDetails.count == 2
        }
        waiting.cancel()
        guard case .cancelled? = await waiting.value?.kind else {
            Issue.record("not cancelled")
            return
        }
        await first.release()
    }
}
