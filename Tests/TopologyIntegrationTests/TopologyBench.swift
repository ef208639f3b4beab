import BrokerHarness
import Foundation
import RopewayHarness

/// A virtual host on each of both sites, and a pair over them. No daemon runs.
struct TopologyBench {
    let dc1: BrokerNode
    let dc2: BrokerNode
    let host1: String
    let host2: String
    var ropeway: RopewayProcess

    static func make() async throws -> TopologyBench {
        let (dc1, dc2) = try await SharedPair.get()
        let (host1, host2) = (try await freshVirtualHost(on: dc1), try await freshVirtualHost(on: dc2))
        return TopologyBench(
            dc1: dc1,
            dc2: dc2,
            host1: host1,
            host2: host2,
            // A name of its own: records are global.
            ropeway: try await RopewayProcess.make(
                pair: "topology-\(host1.suffix(8))",
                dc1: SiteAddress(dc1, virtualHost: host1),
                dc2: SiteAddress(dc2, virtualHost: host2)
            )
        )
    }

    /// Sends a request that has to succeed.
    func send(_ method: String, _ path: String, _ body: String? = nil, to node: BrokerNode) async throws {
        let (status, answer) = try await node.management(method, path, body: body)
        guard (200..<300).contains(status) else {
            throw HarnessError("\(method) \(path): \(status) \(String(decoding: answer, as: UTF8.self))")
        }
    }

    func load(_ topology: SampleTopology) async throws {
        try await send("POST", "/api/definitions/\(host1)", topology.json, to: dc1)
    }

    func declareQueue(_ name: String, _ arguments: String = "{}", on node: BrokerNode) async throws {
        let host = node.name == dc1.name ? host1 : host2
        let body = "{\"durable\":true,\"arguments\":\(arguments)}"
        try await send("PUT", "/api/queues/\(host)/\(name.percentEncoded)", body, to: node)
    }

    /// The names of queues, exchanges that an application declared, and policies, each kind with its first letter.
    func names(on node: BrokerNode) async throws -> Set<String> {
        let host = node.name == dc1.name ? host1 : host2
        var names: Set<String> = []
        for (kind, letter) in [("queues", "q"), ("exchanges", "e"), ("policies", "p")] {
            let list = try await node.managementJSON("/api/\(kind)/\(host)", as: JSON.self)
            names.formUnion(list.elements.compactMap(\.name.string).map { "\(letter) \($0)" })
        }
        return names.filter { $0 != "e " && !$0.hasPrefix("e amq.") }
    }

    /// Runs `ropeway topology …`.
    func topology(
        _ arguments: String...,
        within deadline: Duration = .seconds(60)
    ) async throws -> RopewayProcess.Answer {
        try ropeway.write()
        let child = try ropeway.start(["topology"] + arguments + ["--format", "json"])
        let exit = try await child.wait(within: deadline)
        return RopewayProcess.Answer(exit: exit, output: try child.output(), errors: try child.errorOutput())
    }

    /// Makes a user on both sites, with all permissions in the virtual hosts and the password `guest`.
    func makeUser(tags: String) async throws -> String {
        let name = "user-\(host1)"
        for (node, host) in [(dc1, host1), (dc2, host2)] {
            try await send("PUT", "/api/users/\(name)", "{\"password\":\"guest\",\"tags\":\"\(tags)\"}", to: node)
            let grant = #"{"configure":".*","write":".*","read":".*"}"#
            try await send("PUT", "/api/permissions/\(host)/\(name)", grant, to: node)
        }
        return name
    }

    /// Ends a daemon in good order.
    func end(_ daemon: ChildProcess) async throws {
        daemon.terminate()
        try await daemon.wait(within: .seconds(15))
    }
}

extension String {
    var percentEncoded: String {
        addingPercentEncoding(withAllowedCharacters: .alphanumerics.intersection(CharacterSet(charactersIn: "a"..."z")))
            ?? ""
    }
}
