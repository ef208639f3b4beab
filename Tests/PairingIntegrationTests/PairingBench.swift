import AMQP
import BrokerHarness
import Foundation
import RopewayHarness

/// Two sites with an application on the first one, and nothing of Ropeway's.
struct PairingBench {
    let dc1: BrokerNode
    let dc2: BrokerNode
    let host1: String
    let host2: String
    /// Its configuration file is what pairing writes.
    let ropeway: RopewayProcess

    /// - Parameter isEmpty: whether the application is left out.
    static func make() async throws -> PairingBench {
        let (dc1, dc2) = try await SharedPair.get()
        let (host1, host2) = (try await freshVirtualHost(on: dc1), try await freshVirtualHost(on: dc2))
        let bench = PairingBench(
            dc1: dc1,
            dc2: dc2,
            host1: host1,
            host2: host2,
            ropeway: try await RopewayProcess.make(
                pair: "p-\(host1.suffix(8))",
                dc1: SiteAddress(dc1, virtualHost: host1),
                dc2: SiteAddress(dc2, virtualHost: host2)
            )
        )
        try await dc1.declare(exchange: "orders", queues: ["billing", "stock"], key: "order.#", virtualHost: host1)
        try await dc1.declare(
            exchange: "payments",
            type: "direct",
            queues: ["billing"],
            key: "paid",
            virtualHost: host1
        )
        try await dc1.withChannel(virtualHost: host1) { channel in
            try await channel.declareQueue("audit", arguments: ["x-queue-type": "quorum"])
            try await channel.bindQueue("audit", to: "orders", routingKey: "#")
        }
        return bench
    }

    var configurationExists: Bool { FileManager.default.fileExists(atPath: ropeway.configurationPath) }

    /// The words that name both sites.
    var addresses: [String] {
        [
            "--dc1", "amqp://guest@127.0.0.1:\(dc1.amqpPort)/\(host1)", "--dc1",
            "http://127.0.0.1:\(dc1.managementPort)",
            "--dc2", "amqp://guest@127.0.0.1:\(dc2.amqpPort)/\(host2)", "--dc2",
            "http://127.0.0.1:\(dc2.managementPort)",
            "--name", ropeway.pair, "--listen", "127.0.0.1:\(ropeway.apiPort)",
        ]
    }

    /// Runs a command to its end, with the configuration as it is.
    func command(_ arguments: [String], format: String = "json") async throws -> RopewayProcess.Answer {
        let child = try ropeway.start(arguments + ["--format", format])
        let exit = try await child.wait(within: .seconds(60))
        return RopewayProcess.Answer(exit: exit, output: try child.output(), errors: try child.errorOutput())
    }

    func pair(_ more: String..., format: String = "json") async throws -> RopewayProcess.Answer {
        try await command(["pair"] + addresses + more, format: format)
    }

    /// A configuration with what it says of the sites' addresses the other way round.
    func swapped(_ text: String) -> String { replaced(text, all: true) }

    /// A configuration that has both sites at the first one, whose addresses it writes in two ways.
    func twice(_ text: String) -> String {
        let parts = replaced(text, all: false).split(separator: "\n  dc2:", maxSplits: 1)
        let ports = [dc1.amqpPort, dc1.streamPort, dc1.managementPort]
        let second = ports.reduce(String(parts[1])) { $0.replacing("127.0.0.1:\($1)", with: "localhost:\($1)") }
        return parts[0] + "\n  dc2:" + second
    }

    private func replaced(_ text: String, all: Bool) -> String {
        let pairs = [
            ("\(dc1.amqpPort)", "\(dc2.amqpPort)"), ("\(dc1.streamPort)", "\(dc2.streamPort)"),
            ("\(dc1.managementPort)", "\(dc2.managementPort)"), (host1, host2),
        ]
        return pairs.reduce(text) { text, pair in
            guard all else { return text.replacing(pair.1, with: pair.0) }
            return text.replacing(pair.0, with: "\u{1}").replacing(pair.1, with: pair.0)
                .replacing("\u{1}", with: pair.1)
        }
    }

    /// Publishes orders at the first site, each confirmed.
    func publish(_ count: Int) async throws {
        try await Ledger().publish(count, to: "orders", key: "order.new", on: dc1, virtualHost: host1)
    }

    /// Something that a site defines.
    struct Definition: Hashable, CustomStringConvertible {
        var kind: String
        var object: JSON

        var description: String { "\(kind) \(object.name.string ?? "\(object)")" }
    }

    /// Everything that a site defines in the virtual host, and the names of the pair's global parameters.
    func definitions(of node: BrokerNode) async throws -> Set<Definition> {
        let host = node.name == dc1.name ? host1 : host2
        let all = try await node.managementJSON("/api/definitions/\(host)", as: JSON.self)
        var found: Set<Definition> = []
        for kind in ["queues", "exchanges", "bindings", "policies"] {
            found.formUnion(all[kind].elements.map { Definition(kind: kind, object: $0) })
        }
        let parameters = try await node.managementJSON("/api/global-parameters", as: JSON.self)
        let own = parameters.elements.filter { $0.name.string?.hasPrefix("ropeway.\(ropeway.pair).") == true }
        return found.union(own.map { Definition(kind: "parameter", object: .object(["name": $0.name])) })
    }
}
