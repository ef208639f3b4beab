import BrokerHarness

/// One site of a configuration file.
public struct SiteAddress: Sendable {
    /// Ports on 127.0.0.1; several are the nodes of one cluster.
    public var amqpPorts: [Int]
    /// Ports on 127.0.0.1.
    public var managementPorts: [Int]
    /// Ports on 127.0.0.1.
    public var streamPorts: [Int] = []
    public var virtualHost: String
    public var username = "guest"
    /// Handed to the program through its environment.
    public var password = "guest"
    /// The file of the password, instead of the environment.
    public var passwordFile: String?
    /// A mapping in YAML: `{ca: PATH}`. With one, the ports are those with TLS.
    public var tls: String?
    /// Whether the broker takes the user of AMQP connections from the client certificate.
    public var isExternal = false
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
        streamPorts = [node.streamPort]
    }

    func lines(passwordVariable: String) -> [String] {
        let ending = tls == nil ? "" : "s"
        let addresses = amqpPorts.map { "\"amqp\(ending)://127.0.0.1:\($0)\"" }.joined(separator: ", ")
        let interfaces = managementPorts.map { "\"http\(ending)://127.0.0.1:\($0)\"" }.joined(separator: ", ")
        let password = passwordFile.map { "{file: \"\($0)\"}" } ?? "{env: \(passwordVariable)}"
        var lines = [
            "    amqp: [\(addresses)]",
            "    management: [\(interfaces)]",
            "    vhost: \"\(virtualHost)\"",
            "    username: \(username)",
            "    password: \(password)",
        ]
        if !streamPorts.isEmpty {
            let scheme = tls == nil ? "rabbitmq-stream" : "rabbitmq-stream+tls"
            let listeners = streamPorts.map { "\"\(scheme)://127.0.0.1:\($0)\"" }.joined(separator: ", ")
            lines.append("    stream: [\(listeners)]")
        }
        if let tls { lines.append("    tls: \(tls)") }
        if isExternal { lines.append("    auth: external") }
        if let admin { lines.append("    admin: {username: \(admin), password: \(password)}") }
        return lines
    }
}
