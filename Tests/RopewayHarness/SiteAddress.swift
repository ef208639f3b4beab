import BrokerHarness

/// One site of a configuration file.
public struct SiteAddress: Sendable {
    /// Ports on 127.0.0.1; several are the nodes of one cluster.
    public var amqpPorts: [Int]
    /// Ports on 127.0.0.1.
    public var managementPorts: [Int]
    public var virtualHost: String
    public var username = "guest"
    /// Handed to the program through its environment.
    public var password = "guest"
    /// The user for policies and records, with the same password; `nil` if ``username`` is it.
    public var admin: String?

    public init(amqpPorts: [Int], managementPorts: [Int], virtualHost: String = "/") {
        self.amqpPorts = amqpPorts
        self.managementPorts = managementPorts
        self.virtualHost = virtualHost
    }

    /// The site that a node is.
    public init(_ node: BrokerNode, virtualHost: String = "/") {
        self.init(amqpPorts: [node.amqpPort], managementPorts: [node.managementPort], virtualHost: virtualHost)
    }

    func lines(passwordVariable: String) -> [String] {
        let addresses = amqpPorts.map { "\"amqp://127.0.0.1:\($0)\"" }.joined(separator: ", ")
        let interfaces = managementPorts.map { "\"http://127.0.0.1:\($0)\"" }.joined(separator: ", ")
        var lines = [
            "    amqp: [\(addresses)]",
            "    management: [\(interfaces)]",
            "    vhost: \"\(virtualHost)\"",
            "    username: \(username)",
            "    password: {env: \(passwordVariable)}",
        ]
        if let admin { lines.append("    admin: {username: \(admin), password: {env: \(passwordVariable)}}") }
        return lines
    }
}
