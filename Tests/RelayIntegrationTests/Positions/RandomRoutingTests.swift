import AMQP
import BrokerHarness
import Foundation
import Management
import NIOCore
import Relay
import RelayHarness
import Routing
import Testing

@Suite("Routing against a broker", .timeLimit(.minutes(10)))
struct RandomRoutingTests {
    /// How many topologies are tried, each with 150 messages, and the first seed. Thousands of messages take a few more.
    private static let rounds = number("ROPEWAY_ROUTING_ROUNDS") ?? 6
    private static let seed = number("ROPEWAY_ROUTING_SEED") ?? 1
    private static let messages = 150

    private static func number(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
    }

    @Test(
        "given topologies and messages at random, then what is certain is never wrong, and what nothing hides is exact"
    )
    func random() async throws {
        var exact = 0
        var total = 0
        for round in 0..<Self.rounds {
            try await Topology.with { topology in
                let seed = UInt64(Self.seed + round)
                let result = try await check(topology, seed: seed)
                exact += result.exact
                total += result.total
            }
        }
        print("routing: \(total) messages, \(exact) of them told exactly")
        #expect(exact * 2 > total)
    }

    private static func routingTopology(_ site: Site, queues: [String]? = nil) async throws -> RoutingTopology {
        let exchanges = try await site.management.allExchanges(virtualHost: site.virtualHost)
        let policies =
            RoutingTopology.needsPolicies(exchanges)
            ? try await site.management.policies(virtualHost: site.virtualHost) : []
        let bindings = try await site.management.typedBindings(virtualHost: site.virtualHost)
        return RoutingTopology(exchanges, policies: policies, bindings, queues: queues)
    }

    /// Tries one topology; counts messages, and those of which nothing was uncertain.
    private func check(_ topology: Topology, seed: UInt64) async throws -> (exact: Int, total: Int) {
        let overview = try await topology.site.management.overview()
        var types = ["direct", "fanout", "topic", "topic", "headers", "headers"]
        if overview.exchangeTypes.contains("x-consistent-hash") { types.append("x-consistent-hash") }
        var random = RandomTopology(seed: seed, types: types)
        try await declare(random, topology)
        let read = try await Self.routingTopology(topology.site, queues: random.queues)
        func table(_ exchange: String, seesAllKeys: Bool) -> RoutingTable {
            let rules = RoutingRules(version: overview.version, seesAllKeys: seesAllKeys)
            return RoutingTable(read, publishedTo: exchange, rules: rules, mostKeys: 32)
        }
        var published: [String: RoutingTable] = [:]
        var captured: [String: RoutingTable] = [:]
        for name in random.exchanges.map(\.name) + [""] {
            published[name] = table(name, seesAllKeys: true)
            captured[name] = table(name, seesAllKeys: false)
        }

        let messages = (0..<Self.messages).map { _ in random.message() }
        let publisher = try await PipelinedPublisher.open(on: try await topology.connection.openChannel())
        for (number, message) in messages.enumerated() {
            try await publisher.publish(
                ByteBuffer(string: "\(number)"),
                properties: message.properties,
                exchange: message.exchange,
                routingKey: message.key
            )
        }
        _ = try await publisher.drain()
        var arrived = [Set<String>](repeating: [], count: messages.count)
        for queue in random.queues {
            while let delivery = try await topology.channel.get(queue, noAcknowledgement: true) {
                let number = try #require(Int(String(buffer: delivery.body)))
                #expect(arrived[number].insert(queue).inserted, "seed \(seed): twice in \(queue)")
            }
        }

        var exact = 0
        for (message, arrived) in zip(messages, arrived) {
            let name = message.exchange
            let told = try #require(try published[name]?.outcome(message.key, message.properties))
            let comment = Comment(rawValue: "seed \(seed): \(message), told \(told), arrived \(arrived)")
            #expect(told.queues.isSubset(of: arrived), comment)
            if !told.mayReachOthers {
                #expect(told.queues == arrived, comment)
                exact += 1
            }
            var properties = message.properties
            properties.headers?["BCC"] = nil
            let seen = try #require(try captured[name]?.outcome(message.key, properties))
            #expect(seen.queues.isSubset(of: arrived), comment)
        }
        return (exact, messages.count)
    }

    private func declare(_ random: RandomTopology, _ topology: Topology) async throws {
        let channel = topology.channel
        for queue in random.queues { try await channel.declareQueue(queue, arguments: ["x-queue-type": "classic"]) }
        let policy = Policy(
            virtualHost: topology.virtualHost,
            name: "alternate",
            pattern: "^\(random.exchangeOfPolicy)$",
            appliesTo: "exchanges",
            definition: ["alternate-exchange": .string(random.alternateOfPolicy)]
        )
        try await topology.site.management.putPolicy(policy)
        for exchange in random.exchanges {
            try await channel.declareExchange(
                exchange.name,
                type: exchange.type,
                isInternal: exchange.isInternal,
                arguments: exchange.alternate.map { ["alternate-exchange": .string($0)] } ?? [:]
            )
        }
        for binding in random.bindings {
            if binding.isQueue {
                try await channel.bindQueue(
                    binding.destination,
                    to: binding.source,
                    routingKey: binding.key,
                    arguments: binding.arguments
                )
            } else {
                try await channel.bindExchange(
                    binding.destination,
                    to: binding.source,
                    routingKey: binding.key,
                    arguments: binding.arguments
                )
            }
        }
    }

    @Test(
        "given a dead-letter cycle, then a message that the broker keeps out of its old queue is certain for none",
        arguments: ["classic", "stream"]
    )
    func deathCycle(_ captureType: String) async throws {
        try await Topology.with { topology in
            let version = try await topology.site.management.overview().version
            // Older brokers dead-letter nothing into a stream.
            if captureType == "stream", let number = NodeVersion(version), number < .v4 { return }
            try await topology.declareExchange("fanout")
            try await topology.channel.declareQueue(
                "q",
                arguments: [
                    "x-queue-type": "classic", "x-message-ttl": .int32(50),
                    "x-dead-letter-exchange": .string(Topology.exchange),
                ]
            )
            try await topology.channel.declareQueue("seen", arguments: ["x-queue-type": .string(captureType)])
            for queue in ["q", "seen"] { try await topology.channel.bindQueue(queue, to: Topology.exchange) }
            var table = RoutingTable(
                try await Self.routingTopology(topology.site),
                publishedTo: Topology.exchange,
                rules: RoutingRules(version: version)
            )
            let consumer = try await topology.channel.consumer(
                queue: "seen",
                prefetch: 10,
                arguments: captureType == "stream" ? ["x-stream-offset": "first"] : [:]
            )
            try await topology.publish(1)
            var outcomes: [Set<String>] = []
            let deadline = Task {
                try await Task.sleep(for: .seconds(15))
                try await consumer.cancel()
            }
            defer { deadline.cancel() }
            for try await delivery in consumer {
                outcomes.append(try table.outcome(delivery.routingKey, delivery.properties).queues)
                try await consumer.acknowledge(delivery)
                if outcomes.count == 2 { break }
            }
            #expect(outcomes == [["q", "seen"], []])
            #expect(try await topology.ready("q") == 0)
        }
    }
}
