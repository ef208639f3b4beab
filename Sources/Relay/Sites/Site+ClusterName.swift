import Management

extension Site {
    /// Whether names that two listeners told of their clusters may be those of one. A listener that tells none may belong to
    /// any.
    ///
    /// Before somebody names a cluster, RabbitMQ makes a name of the node that is asked and its host's full name: each node
    /// of one cluster tells another (seen on 3.10.8). A node alone tells one name.
    package func isOneCluster(_ found: String?, _ expected: String?) async -> Bool {
        guard let found, let expected, found != expected else { return true }
        guard let nodes = try? await management.nodes(), nodes.count > 1 else { return false }
        return nodes.contains { Self.isDefaultName(found, of: $0.name) }
    }

    /// Whether a cluster's name is the one that it gets from a node: `rabbit@host.example` of `rabbit@host`.
    static func isDefaultName(_ name: String, of node: String) -> Bool {
        let (name, node) = (name.split(separator: "@"), node.split(separator: "@"))
        guard name.count == 2, node.count == 2, name[0] == node[0] else { return false }
        // The name has the machine's own, whatever the node calls its host.
        return name[1] == node[1] || name[1].hasPrefix("\(node[1]).") || node[1] == "localhost"
    }
}
