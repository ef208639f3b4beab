import AMQP
import BrokerHarness
import Foundation
import NIOCore
import RopewayHarness

/// A virtual host of a test's own on each of the shared nodes, and one shovel of each kind that does the same: Ropeway's,
/// and that of RabbitMQ's plugin. What differs between their results is what the documentation says differs.
struct ShovelBench: Sendable {
    /// Whose shovel it is; part of the names of what it moves from and to.
    enum Kind: String, Sendable, CaseIterable {
        case ropeway, plugin
    }

    let dc1: BrokerNode
    let dc2: BrokerNode
    let host1: String
    let host2: String
    var ropeway: RopewayProcess

    static func make() async throws -> ShovelBench {
        let (dc1, dc2) = try await SharedPair.get()
        return try await make(dc1: dc1, dc2: dc2)
    }

    /// On nodes that the test has started for itself.
    static func make(dc1: BrokerNode, dc2: BrokerNode) async throws -> ShovelBench {
        let host1 = try await freshVirtualHost(on: dc1)
        let host2 = try await freshVirtualHost(on: dc2)
        let ropeway = try await RopewayProcess.make(
            pair: "s-\(UUID().uuidString.lowercased().prefix(8))",
            dc1: SiteAddress(dc1, virtualHost: host1),
            dc2: SiteAddress(dc2, virtualHost: host2)
        )
        return ShovelBench(dc1: dc1, dc2: dc2, host1: host1, host2: host2, ropeway: ropeway)
    }

    /// Adds a shovel of Ropeway.
    ///
    /// - Parameters:
    ///   - source: what follows the site, in YAML: `queue: from`.
    ///   - destination: likewise.
    ///   - more: further keys, such as `ack-mode: no-ack`.
    mutating func addShovel(_ name: String = "move", source: String, destination: String, _ more: String...) {
        let lines = ["source: {site: dc1, \(source)}", "destination: {site: dc2, \(destination)}"] + more
        ropeway.shovels.append((["- name: \(name)"] + lines.map { "    \($0)" }).joined(separator: "\n"))
    }

    /// Has the plugin run a shovel in DC1.
    ///
    /// - Parameter keys: members of its definition beside the URIs, in JSON.
    func startPlugin(_ keys: String, name: String = "move") async throws {
        let source = "amqp://guest:guest@127.0.0.1:\(dc1.amqpPort)/\(host1)"
        let destination = "amqp://guest:guest@127.0.0.1:\(dc2.amqpPort)/\(host2)"
        let body = #"{"value":{"src-uri":"\#(source)","dest-uri":"\#(destination)",\#(keys)}}"#
        let path = "/api/parameters/shovel/\(host1)/\(name)"
        let (status, answer) = try await dc1.management("PUT", path, body: body)
        guard status < 300 else { throw HarnessError("shovel: \(status) \(String(decoding: answer, as: UTF8.self))") }
    }

    func stopPlugin(_ name: String = "move") async throws {
        try await dc1.management("DELETE", "/api/parameters/shovel/\(host1)/\(name)")
    }

    /// Publishes messages on DC1 and waits for their confirms.
    func publish(
        _ bodies: [String],
        properties: BasicProperties = BasicProperties(deliveryMode: 2),
        exchange: String = "",
        key: String
    ) async throws {
        try await dc1.withChannel(virtualHost: host1) { channel in
            try await channel.selectConfirms()
            for body in bodies {
                let result = try await channel.publish(
                    ByteBuffer(string: body),
                    properties: properties,
                    exchange: exchange,
                    routingKey: key
                )
                guard result == .confirmed else { throw HarnessError("\(body): \(result)") }
            }
        }
    }

    /// Publishes while the daemon is killed and started again four times.
    func publish(_ bodies: [String], key: String, killing daemon: inout ChildProcess) async throws {
        async let publishing: Void = publish(bodies, key: key)
        for _ in 0..<4 {
            try await until("running")
            daemon.kill()
            daemon = try ropeway.run()
        }
        try await publishing
    }

    /// Waits until a queue of DC2 holds so many messages, and takes them.
    func take(_ count: Int, from queue: String) async throws -> [Delivery] {
        try await eventually(within: .seconds(30), "\(count) messages in \(queue)") {
            let depth = try await dc2.depth(of: queue, virtualHost: host2)
            guard depth >= count else { throw HarnessError("\(depth)") }
            return true
        }
        return try await dc2.drain(queue, virtualHost: host2)
    }

    /// The consumers of a queue of DC1, as its management API shows them.
    func consumers(of queue: String) async throws -> [JSON] {
        let (status, body) = try await dc1.management("GET", "/api/queues/\(host1)/\(queue)")
        guard status == 200 else { return [] }
        return try JSON(text: String(decoding: body, as: UTF8.self)).consumer_details.elements
    }

    /// The daemon's account of one of its shovels.
    func report(_ index: Int = 0) async throws -> JSON {
        try await ropeway.daemonStatus().shovels[index]
    }

    /// Waits until a shovel of Ropeway is in a state.
    func until(_ state: String, _ index: Int = 0) async throws {
        try await eventually(within: .seconds(30), "the shovel is \(state)") {
            let report = try await report(index)
            guard report.state.string == state else { throw HarnessError("\(report)") }
            return true
        }
    }

    func declare(_ queues: [String], on node: BrokerNode) async throws {
        try await node.withChannel(virtualHost: node.name == dc1.name ? host1 : host2) { channel in
            for queue in queues { try await channel.declareQueue(queue) }
        }
    }
}
