import AMQP
import BrokerHarness
import Foundation
import NIOCore
import Testing
import Transport

@Suite("The beginning and the end of a connection that comes back", .timeLimit(.minutes(3)))
struct RecoveryEndTests {
    /// A user of the test's own.
    private static func addUser(_ name: String, password: String, _ bench: RecoveryBench) async throws {
        try await bench.node.control(["add_user", name, password])
        try await bench.node.control(["set_permissions", "-p", bench.virtualHost, name, ".*", ".*", ".*"])
    }

    @Test("given a broker that is not there, when connecting first, then it throws at once, or waits if it is to")
    func firstConnection() async throws {
        try await RecoveryBench.run { bench in
            try await bench.proxy.setMode(.cut)
            do {
                try await bench.withConnection { _ in _ = Issue.record("there is no connection") }
                Issue.record("no error")
            } catch let error as AMQPError {
                #expect(error.code == .couldNotConnect)
            }
            var policy = RecoveryBench.policy
            policy.maximumAttempts = 3
            policy.retriesFirstConnection = true
            do {
                try await bench.withConnection(policy: policy) { _ in _ = Issue.record("there is no connection") }
                Issue.record("no error")
            } catch let error as AMQPError {
                #expect(error.code == .couldNotConnect)
            }
            policy.maximumAttempts = nil
            let patient = policy
            async let name = bench.withConnection(policy: patient) { connection in
                try await connection.openChannel().declareQueue("q").name
            }
            try await bench.proxy.setMode(.forward)
            #expect(try await name == "q")
        }
    }

    @Test("given a password that changes, when the link is cut, then it gives up, or comes back with the new one")
    func credentials() async throws {
        try await RecoveryBench.run { bench in
            let user = "user-\(bench.virtualHost)"
            try await Self.addUser(user, password: "alpha-word", bench)
            let configuration = bench.configuration { $0.credentials = .plain(username: user, password: "alpha-word") }
            // Given one connection that keeps its password, and one that asks for it
            let password = Guarded("alpha-word")
            var asking = RecoveryBench.policy
            asking.credentials = { .plain(username: user, password: password.value) }
            let renewing = asking
            try await RecoveringConnection.withConnection(configuration, policy: RecoveryBench.policy) { stubborn in
                let log = EventLog.start(stubborn)
                let channel = try await stubborn.openChannel()
                try await channel.declareQueue("q")
                let consumer = try await channel.consumer(queue: "q")
                try await RecoveringConnection.withConnection(configuration, policy: renewing) { connection in
                    let other = try await connection.openChannel()
                    // When
                    try await bench.node.control(["change_password", user, "omega-word"])
                    password.change { $0 = "omega-word" }
                    try await bench.cut(connection)
                    #expect(try await other.declareQueue("q", passive: true).name == "q")
                }
                // Then the first has given up, and everything on it says why
                var iterator = consumer.makeAsyncIterator()
                let ended = try await failure { () async throws(AMQPError) in try await iterator.next() }
                #expect(ended.code == .authenticationFailed)
                let call = try await failure { () async throws(AMQPError) in try await channel.declareQueue("q") }
                #expect(call.code == .authenticationFailed)
                try await eventually(within: .seconds(10), "the end is told") {
                    if case .ended(let error) = log.events.last { error.code == .authenticationFailed } else { false }
                }
                let words = "\(log.events)"
                #expect(!words.contains("alpha-word") && !words.contains("omega-word"))
            }
        }
    }

    @Test("given a closure that throws or whose task is cancelled, when it ends, then the connection does")
    func scope() async throws {
        try await RecoveryBench.run { bench in
            struct Told: Error {}
            await #expect(throws: Told.self) {
                try await bench.withConnection { connection in
                    _ = try await connection.openChannel()
                    throw Told()
                }
            }
            // Given a task that works when it is cancelled
            let started = Guarded(false)
            let working = Task {
                try await bench.withConnection { connection in
                    let channel = try await connection.openChannel()
                    try await channel.declareQueue("q")
                    let consumer = try await channel.consumer(queue: "q", prefetch: 1)
                    #expect(try await channel.publish(patterned(1), exchange: "", routingKey: "q") == .confirmed)
                    var iterator = consumer.makeAsyncIterator()
                    let delivery = try #require(try await iterator.next())
                    started.change { $0 = true }
                    while !Task.isCancelled { await Task.yield() }
                    // Then it can still settle what it has
                    await delivery.acknowledge()
                }
            }
            try await eventually(within: .seconds(20), "it works") { started.value }
            working.cancel()
            try await working.value
            let left = try await bench.withControl { try await $0.declareQueue("q", passive: true).messages }
            #expect(left == 0)
            try await eventually(within: .seconds(10), "no connection is left") {
                try await bench.proxy.counts().open == 0
            }
        }
    }

    @Test("given publishes while the link is cut over and over, then none was sent twice")
    func nothingSentTwice() async throws {
        try await RecoveryBench.run { bench in
            let tally = Tally()
            try await bench.withConnection { connection in
                let channel = try await connection.openChannel()
                try await channel.declareQueue("q")
                try await withThrowingTaskGroup { group in
                    for _ in 0..<8 {
                        group.addTask {
                            while !tally.isOver {
                                do throws(AMQPError) {
                                    _ = try await channel.publish(patterned(50), exchange: "", routingKey: "q")
                                    tally.confirmed()
                                } catch {
                                    guard error.code == .outcomeUnknown else { throw error }
                                    tally.unknown()
                                }
                            }
                        }
                    }
                    for _ in 0..<30 {
                        let done = tally.confirmedCount
                        try await bench.cut(connection)
                        try await eventually(within: .seconds(20), "it goes on") { tally.confirmedCount > done + 20 }
                    }
                    tally.finish()
                    try await group.waitForAll()
                }
                // Each publish was sent once: what is there beyond the confirmed ones is of unknown outcome
                let count = try await channel.declareQueue("q", passive: true).messages
                #expect(count >= tally.confirmedCount && count <= tally.confirmedCount + tally.unknownCount)
            }
        }
    }

    @Test("given fifty cuts under load, then nothing is left over: connections, channels, consumers, descriptors")
    func fiftyCuts() async throws {
        try await RecoveryBench.run { bench in
            func descriptors() throws -> [String] {
                let files = FileManager.default
                return try files.contentsOfDirectory(atPath: "/proc/self/fd").compactMap {
                    try? files.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")
                }
            }
            // What the first connection opens for good is there.
            try await bench.withConnection { _ = try await $0.openChannel() }
            let before = try descriptors()
            try await bench.withConnection { connection in
                let channel = try await connection.openChannel()
                let publishing = try await connection.openChannel()
                try await channel.declareExchange("x", type: "fanout", durable: false, autoDelete: true)
                let queue = try await channel.declareQueue("", exclusive: true).name
                try await channel.declareQueue("work")
                try await channel.bindQueue(queue, to: "x")
                let consumers = [
                    try await channel.consumer(queue: queue, prefetch: 10),
                    try await channel.consumer(queue: "work", prefetch: 10),
                ]
                let tally = Tally()
                try await withThrowingTaskGroup { group in
                    for consumer in consumers {
                        group.addTask {
                            for try await delivery in consumer {
                                tally.consumed(delivery.body.readableBytes)
                                await delivery.acknowledge()
                            }
                        }
                    }
                    group.addTask {
                        var number = 0
                        while !tally.isOver {
                            number += 1
                            do throws(AMQPError) {
                                _ = try await publishing.publish(patterned(9), exchange: "x", routingKey: "")
                                _ = try await publishing.publish(
                                    patterned(number % 1000),
                                    properties: BasicProperties(deliveryMode: 2),
                                    exchange: "",
                                    routingKey: "work"
                                )
                                tally.confirmed()
                            } catch {
                                guard error.code == .outcomeUnknown else { throw error }
                                tally.unknown()
                            }
                        }
                    }
                    // When
                    for _ in 0..<50 {
                        let done = tally.confirmedCount
                        try await bench.cut(connection)
                        try await eventually(within: .seconds(20), "it goes on") { tally.confirmedCount > done }
                    }
                    tally.finish()
                    // Then one connection, its channels and its consumers are there
                    try await eventually(within: .seconds(20), "the broker knows one connection of the link") {
                        let listed = try await bench.node.control(["--quiet", "list_connections", "vhost", "channels"])
                        let own = listed.split(separator: "\n").filter { $0.contains(bench.virtualHost) }
                        return own.count == 1 && own[0].hasSuffix("\t2")
                    }
                    let consumed = try await bench.node.control([
                        "--quiet", "list_consumers", "-p", bench.virtualHost, "queue_name",
                    ])
                    #expect(consumed.split(separator: "\n").filter { !$0.contains("queue_name") }.count == 2)
                    for consumer in consumers { await consumer.cancel() }
                    try await group.waitForAll()
                }
                #expect(connection.generation == 51)
                #expect(tally.confirmedCount >= 50)
            }
            try await eventually(within: .seconds(10), "no descriptor is left") {
                let now = try descriptors()
                guard now.count <= before.count else {
                    throw HarnessError("\(Set(now).subtracting(before)); \(now.count), \(before.count) before")
                }
                return true
            }
            try await eventually(within: .seconds(10), "no connection is left") {
                try await bench.proxy.counts().open == 0
            }
        }
    }
}
