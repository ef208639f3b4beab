import AMQP
import BrokerHarness
import ErrorCodes
import Foundation
import HTTPClient
import Logging
import NIOCore
import Pump
import Relay
import RopewayConfiguration
import Synchronization
import Testing

/// A route that nobody stops, whose store is on another site behind a link, and a publisher that never rests.
struct ZombieBench {
    /// How many runs a test makes of each kind (`ROPEWAY_BARRIER_RUNS`).
    static let runs = ProcessInfo.processInfo.environment["ROPEWAY_BARRIER_RUNS"].flatMap { Int($0) } ?? 1

    private static let exchange = "orders"
    private static let names = ObjectNames(pair: "pair", route: "orders")

    let dc1: Site
    /// As whoever promotes reaches it.
    let dc2: Site
    /// As the route reaches it.
    let dc2BehindLink: Site
    let link: LinkProxy
    let route: RouteConfiguration
    let connection1: AMQPConnection
    let connection2: AMQPConnection

    /// How a route reaches its store.
    enum Way: String, Sendable, CaseIterable {
        case stream, quorum, classic
        /// Over the stream protocol, on a connection that is not cut where the others are.
        case streamProtocol

        fileprivate var store: String { self == .streamProtocol ? "stream" : rawValue }
    }

    /// Runs `body` with fresh virtual hosts on both sites.
    static func with(_ way: Way, _ body: (ZombieBench) async throws -> Void) async throws {
        let pair = try await SharedPair.get()
        let host1 = try await freshVirtualHost(on: pair.dc1)
        let host2 = try await freshVirtualHost(on: pair.dc2)
        let link = try await LinkProxy.start(to: pair.dc2.amqpPort)
        let client = CurlClient()
        let address = "rabbitmq-stream://127.0.0.1:\(pair.dc2.streamPort)"
        let listener = way == .streamProtocol ? ", stream: [\"\(address)\"]" : ""
        func configuration(_ amqpPort: Int) throws -> PairConfiguration {
            let text = """
                pair: pair
                active: dc1
                sites:
                  dc1: {amqp: ["amqp://127.0.0.1:\(pair.dc1.amqpPort)"], management: ["http://127.0.0.1:\(pair.dc1.managementPort)"], vhost: \(host1), username: guest, password: guest}
                  dc2: {amqp: ["amqp://127.0.0.1:\(amqpPort)"], management: ["http://127.0.0.1:\(pair.dc2.managementPort)"], vhost: \(host2)\(listener), username: guest, password: guest}
                routes:
                  - name: orders
                    exchange: \(exchange)
                    capture: {type: classic}
                    standby: {type: \(way.store), ttl: 1h, max-length-bytes: 1GB}
                    replay: {window: all}

                """
            return try PairConfiguration.parse(text, file: "test.yaml").configuration
        }
        let direct = try configuration(pair.dc2.amqpPort)
        let linked = try configuration(link.port)
        let dc1 = try Site(direct.activeSite, client: client)
        let dc2 = try Site(#require(direct.site(named: "dc2")), client: client)
        let bench = ZombieBench(
            dc1: dc1,
            dc2: dc2,
            dc2BehindLink: try Site(#require(linked.site(named: "dc2")), client: client),
            link: link,
            route: try #require(direct.routes.first),
            connection1: try await AMQPConnection.connect(dc1.connection(name: "zombie test", for: .control)),
            connection2: try await AMQPConnection.connect(dc2.connection(name: "zombie test", for: .control))
        )
        for connection in [bench.connection1, bench.connection2] {
            let channel = try await connection.openChannel()
            try await channel.declareExchange(exchange, type: "topic")
            try await channel.declareQueue("billing", arguments: ["x-queue-type": "classic", "x-max-length": 1])
            try await channel.bindQueue("billing", to: exchange, routingKey: "#")
        }
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(bench))
        } catch {
            result = .failure(error)
        }
        await bench.connection1.close()
        await bench.connection2.close()
        try await link.shutdown()
        await client.shutdown()
        try result.get()
    }

    /// What became of the messages of a run.
    struct Account: CustomStringConvertible {
        /// Confirmed to the publisher.
        var confirmed = 0
        /// In the store before it was sealed.
        var stored = 0
        /// Still in the capture.
        var captured = 0
        /// In both: stored, and not confirmed to the relay.
        var both = 0
        /// In the store behind the seal.
        var late = 0
        /// Of these, not in the capture: they were confirmed to the relay.
        var lateForGood = 0
        /// In neither: swallowed.
        var swallowed = 0

        static func += (total: inout Account, run: Account) {
            total.confirmed += run.confirmed
            total.stored += run.stored
            total.captured += run.captured
            total.both += run.both
            total.late += run.late
            total.lateForGood += run.lateForGood
            total.swallowed += run.swallowed
        }

        var description: String {
            "\(confirmed) confirmed, \(stored) stored, \(captured) in the capture, \(both) in both, \(late) late, "
                + "\(swallowed) swallowed"
        }
    }

    /// Relays under load, closes the epoch at a random instant, lets the route go on as it likes, and accounts.
    ///
    /// - Parameters:
    ///   - isPartitioned: whether the link to the store stands still before the epoch is closed, and heals after.
    ///   - isClosed: whether the epoch is closed at all. A run where it is not shows what the barrier is good for.
    func run(epoch: Int, isPartitioned: Bool, isClosed: Bool = true) async throws -> Account {
        let relay = try Route(
            pair: "pair",
            configuration: route,
            from: dc1,
            to: dc2BehindLink,
            epoch: epoch,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let relaying = Task { await relay.run() }
        let publisher = Publisher(connection1, exchange: Self.exchange)
        let result: Result<(stored: [Int], late: [Int]), any Error>
        do {
            try await eventually(within: .seconds(30), "the route runs") {
                let snapshot = await relay.snapshot()
                guard snapshot.phase == .running else { throw HarnessError("\(snapshot)") }
                return true
            }
            // Bindings are the watch's, which does not run here.
            let capture = CaptureProvisioner(site: dc1, names: Self.names, route: route)
            _ = try await capture.mirrorBindings(on: try await connection1.openChannel())
            result = .success(try await promote(epoch, isPartitioned, isClosed, relay, publisher))
        } catch {
            result = .failure(error)
        }
        relaying.cancel()
        await relaying.value
        try await link.setMode(.forward)
        let (stored, late) = try result.get()
        let captured = try await take(Self.names.capture, on: connection1)
        var account = Account()
        let all = Set(0..<publisher.confirmed)
        account.confirmed = all.count
        account.stored = Set(stored).count
        account.captured = Set(captured).count
        account.both = Set(stored).intersection(captured).count
        account.late = late.count
        account.lateForGood = Set(late).subtracting(captured).count
        account.swallowed = all.subtracting(stored).subtracting(captured).count
        return account
    }

    private func promote(
        _ epoch: Int,
        _ isPartitioned: Bool,
        _ isClosed: Bool,
        _ relay: Route,
        _ publisher: Publisher
    ) async throws -> (stored: [Int], late: [Int]) {
        let publishing = Task { try await publisher.run() }
        defer { publishing.cancel() }
        try await eventually(within: .seconds(20), "messages are relayed") {
            await relay.snapshot().counters.confirmed > 200
        }
        try await Task.sleep(for: .milliseconds(Int.random(in: 0...400)))
        if isPartitioned {
            try await link.setMode(.blackHole)
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...300)))
        }
        // The promotion: the barrier, then the end of the store.
        if isClosed { try await StoreBarrier(site: dc2, pair: "pair").close(upTo: epoch, routes: ["orders"]) }
        let stored = try await sealed()
        let healed = publisher.confirmed
        let relayed = await relay.snapshot().counters.confirmed
        if isPartitioned { try await link.setMode(.forward) }
        // The route goes on, and is told; or is not told, and relays what was published since.
        try await eventually(within: .seconds(40), "the route says that its epoch has ended, or relays") {
            let snapshot = await relay.snapshot()
            let isTold = snapshot.error?.code == .epochEnded && snapshot.topologyFailed
            guard isClosed ? isTold : snapshot.counters.confirmed > relayed + 200, publisher.confirmed > healed else {
                throw HarnessError("\(snapshot); \(publisher.confirmed) published, \(healed) before")
            }
            return true
        }
        // It tries again with growing delays.
        try await Task.sleep(for: .milliseconds(300))
        publishing.cancel()
        try await publishing.value
        return (stored, try await sealed())
    }

    /// Everything that came into the store since it was sealed last.
    private func sealed() async throws -> [Int] {
        guard route.standby.type == .stream else { return try await take(Self.names.standby, on: connection2) }
        let seal = UUID().uuidString
        let channel = try await connection2.openChannel()
        try await channel.selectConfirms()
        _ = try await channel.publish(
            ByteBuffer(string: seal),
            properties: BasicProperties(deliveryMode: 2),
            exchange: "",
            routingKey: Self.names.standby
        )
        var numbers: [Int] = []
        let consumer = try await channel.consumer(
            queue: Self.names.standby,
            tag: "reader",
            prefetch: 1000,
            arguments: ["x-stream-offset": "first"]
        )
        var iterator = consumer.makeAsyncIterator()
        while let delivery = try await iterator.next() {
            let text = String(buffer: delivery.body)
            if text == seal { break }
            if let number = Int(text) { numbers.append(number) } else { numbers.removeAll() }
            if numbers.count % 100 == 0 { try await consumer.acknowledge(delivery, multiple: true) }
        }
        try await channel.close()
        return numbers
    }

    /// Takes everything off a queue.
    private func take(_ queue: String, on connection: AMQPConnection) async throws -> [Int] {
        // By several at a time: each waits for one answer for each message.
        try await withThrowingTaskGroup(of: [Int].self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let channel = try await connection.openChannel()
                    var numbers: [Int] = []
                    while let delivery = try await channel.get(queue, noAcknowledgement: true) {
                        if let number = Int(String(buffer: delivery.body)) { numbers.append(number) }
                    }
                    try await channel.close()
                    return numbers
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }
}

/// Publishes numbered messages to an exchange until its task is cancelled, and counts what was confirmed.
private final class Publisher: Sendable {
    private static let chunk = 50
    private let connection: AMQPConnection
    private let exchange: String
    private let count = Atomic(0)

    init(_ connection: AMQPConnection, exchange: String) {
        self.connection = connection
        self.exchange = exchange
    }

    /// The messages below this number are confirmed.
    var confirmed: Int { count.load(ordering: .sequentiallyConsistent) }

    func run() async throws {
        let channel = try await connection.openChannel()
        let sender = try await PipelinedPublisher.open(on: channel)
        while !Task.isCancelled {
            // In a task of its own, so that no chunk is cut in two.
            try await Task { [exchange] in
                let first = confirmed
                for number in first..<(first + Self.chunk) {
                    try await sender.publish(
                        ByteBuffer(string: "\(number)"),
                        properties: BasicProperties(deliveryMode: 2),
                        exchange: exchange,
                        routingKey: "key"
                    )
                }
                let counts = try await sender.drain()
                try #require(counts.confirmed == first + Self.chunk)
                count.store(first + Self.chunk, ordering: .sequentiallyConsistent)
            }.value
            try? await Task.sleep(for: .milliseconds(10))
        }
        try? await channel.close()
    }
}
