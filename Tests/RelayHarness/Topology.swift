import AMQP
import BrokerHarness
import Foundation
import HTTPClient
import Management
import NIOCore
import Relay
import RopewayConfiguration
import Testing

/// One site of the shared pair with a virtual host of the test's own, and a route on it.
package struct Topology {
    package let node: BrokerNode
    package let virtualHost: String
    package let site: Site
    package let connection: AMQPConnection
    /// Takes what the test itself declares and asks.
    package let channel: AMQPChannel
    package let names = ObjectNames(pair: "pair", route: "orders")

    package static let exchange = "orders"

    /// Runs `body` with a fresh virtual host on the pair's first node.
    ///
    /// - Parameter defaultQueueType: what the virtual host makes of queues that are declared without a type.
    package static func with<Value>(
        defaultQueueType: String? = nil,
        _ body: (Topology) async throws -> Value
    ) async throws -> Value {
        let node = try await SharedPair.get().dc1
        let virtualHost = try await freshVirtualHost(on: node)
        if let defaultQueueType {
            // Only a virtual host that is created again takes it.
            try await node.management("DELETE", "/api/vhosts/\(virtualHost)")
            for (path, body) in [
                ("vhosts/\(virtualHost)", #"{"defaultqueuetype": "\#(defaultQueueType)"}"#),
                ("permissions/\(virtualHost)/guest", #"{"configure":".*","write":".*","read":".*"}"#),
            ] {
                let (status, _) = try await node.management("PUT", "/api/\(path)", body: body)
                try #require((200..<300).contains(status))
            }
        }
        let client = CurlClient()
        let configuration = try Self.configuration(node: node, virtualHost: virtualHost)
        let site = try Site(configuration.activeSite, client: client)
        let connection = try await AMQPConnection.connect(site.connection(name: "topology test", for: .control))
        let topology = Topology(
            node: node,
            virtualHost: virtualHost,
            site: site,
            connection: connection,
            channel: try await connection.openChannel()
        )
        do {
            let value = try await body(topology)
            await connection.close()
            await client.shutdown()
            return value
        } catch {
            await connection.close()
            await client.shutdown()
            throw error
        }
    }

    /// The configuration of a pair whose active site is the node, with one route.
    ///
    /// - Parameters:
    ///   - route: more keys of the route, as lines of YAML.
    ///   - more: more keys of the pair, likewise.
    package static func configuration(
        node: BrokerNode,
        virtualHost: String,
        username: String = "guest",
        password: String = "guest",
        route: [String] = [],
        more: [String] = []
    ) throws -> PairConfiguration {
        let text = """
            pair: pair
            active: dc1
            sites:
              dc1:
                amqp: [amqp://127.0.0.1:\(node.amqpPort)]
                management: [http://127.0.0.1:\(node.managementPort)]
                vhost: \(virtualHost)
                username: \(username)
                password: \(password)
              dc2:
                amqp: [amqp://127.0.0.2]
                management: [http://127.0.0.2]
                username: guest
                password: guest
            routes:
              - name: orders
                exchange: \(exchange)

            """ + route.map { "    \($0)\n" }.joined() + more.map { "\($0)\n" }.joined()
        return try PairConfiguration.parse(text, file: "test.yaml").configuration
    }

    /// The route with more keys, as lines of YAML.
    package func route(_ lines: String...) throws -> RouteConfiguration {
        try route(lines)
    }

    /// The route, with more keys as lines of YAML.
    package func route(_ lines: [String]) throws -> RouteConfiguration {
        let configuration = try Self.configuration(node: node, virtualHost: virtualHost, route: lines)
        return try #require(configuration.routes.first)
    }

    /// A shovel from a queue of the site to another.
    package func shovel(from source: String, to destination: String) throws -> ShovelConfiguration {
        let lines = [
            "shovels:", "  - name: move", "    source: {site: dc1, queue: \(source)}",
            "    destination: {site: dc1, queue: \(destination)}",
        ]
        let configuration = try Self.configuration(node: node, virtualHost: virtualHost, more: lines)
        return try #require(configuration.shovels.first)
    }

    /// A provisioner of the route's capture, its route with more keys as lines of YAML.
    package func capture(_ lines: String...) throws -> CaptureProvisioner {
        let configuration = try Self.configuration(node: node, virtualHost: virtualHost, route: lines)
        return CaptureProvisioner(site: site, names: names, route: try #require(configuration.routes.first))
    }

    /// A provisioner of the route's store.
    package func store(_ standby: String, epoch: Int = 1, holdsPolicies: Bool = false) throws -> StoreProvisioner {
        StoreProvisioner(
            site: site,
            names: names,
            standby: try route("standby: \(standby)").standby,
            epoch: epoch,
            holdsPolicies: holdsPolicies
        )
    }

    /// Connects once more.
    package func connect() async throws -> AMQPConnection {
        try await AMQPConnection.connect(site.connection(name: "topology test", for: .control))
    }

    /// Declares the route's exchange.
    package func declareExchange(_ type: String, autoDelete: Bool = false) async throws {
        try await channel.declareExchange(Self.exchange, type: type, autoDelete: autoDelete)
    }

    /// Publishes to the route's exchange and waits for the confirms.
    package func publish(_ count: Int, key: String = "k", properties: BasicProperties = BasicProperties()) async throws
    {
        let confirming = try await connection.openChannel()
        try await confirming.selectConfirms()
        for index in 0..<count {
            _ = try await confirming.publish(
                ByteBuffer(string: "\(index)"),
                properties: properties,
                exchange: Self.exchange,
                routingKey: key
            )
        }
        try await confirming.close()
    }

    /// Publishes persistent messages to the route's exchange, all at once, and waits for the confirms.
    package func publishMany(_ count: Int) async throws {
        let channel = try await connection.openChannel()
        let publisher = try await PipelinedPublisher.open(on: channel)
        let body = ByteBuffer(repeating: 1, count: 300)
        for _ in 0..<count {
            try await publisher.publish(
                body,
                properties: BasicProperties(deliveryMode: 2),
                exchange: Self.exchange,
                routingKey: "k"
            )
        }
        _ = try await publisher.drain()
        try await channel.close()
    }

    /// Publishes numbered messages to the route's store, each with the envelope of epoch 1, and waits for the confirms.
    ///
    /// - Parameter spacing: how much later each was relayed than the one before, in milliseconds.
    /// - Returns: the time in the envelope of the first, in milliseconds since 1970.
    package func fillStore(_ count: Int, spacing: Int64 = 0, key: (Int) -> String) async throws -> Int64 {
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        let confirming = try await connection.openChannel()
        try await confirming.selectConfirms()
        for number in 0..<count {
            let headers: FieldTable = [
                "x-ropeway-id": .string("m\(number)"), "x-ropeway-time": .int64(now + Int64(number) * spacing),
                "x-ropeway-epoch": .int64(1),
            ]
            _ = try await confirming.publish(
                ByteBuffer(string: "\(number)"),
                properties: BasicProperties(headers: headers, deliveryMode: 2),
                exchange: names.standbyExchange(epoch: 1),
                routingKey: key(number)
            )
        }
        return now
    }

    /// The number of messages of a queue that are ready.
    package func ready(_ queue: String) async throws -> Int {
        try await channel.declareQueue(queue, passive: true).messages
    }

    package func putPolicy(
        _ name: String,
        _ definition: [String: JSONValue],
        pattern: String = ".*",
        priority: Int = 0,
        kind: PolicyKind = .policy
    ) async throws {
        let policy = Policy(
            virtualHost: virtualHost,
            name: name,
            pattern: pattern,
            appliesTo: "queues",
            priority: priority,
            definition: definition
        )
        try await site.management.putPolicy(policy, kind: kind)
    }

    /// The bindings of the capture to the route's exchange, by routing key.
    package func captureKeys() async throws -> [String] {
        try await site.management.bindings(toQueue: names.capture, virtualHost: virtualHost)
            .filter { $0.source == Self.exchange }.map(\.routingKey).sorted()
    }
}

/// The error of topology that `body` throws.
package func topologyError<Value>(
    sourceLocation: SourceLocation = #_sourceLocation,
    of body: () async throws -> Value
) async throws -> TopologyError {
    do {
        _ = try await body()
    } catch let error as TopologyError {
        return error
    }
    throw HarnessError("no error was thrown at \(sourceLocation)")
}
