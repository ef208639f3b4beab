import Files
import Management

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// RabbitMQ's definitions as a file: an export of a whole cluster, or of one virtual host.
///
/// The whole file is read and looked at before anything of it is used. Its size is bounded, and what is not as RabbitMQ
/// writes it is an error that says where.
package struct DefinitionsFile: Sendable {
    /// The most bytes that a file may have: some 150,000 objects. Read, they take twenty times as much.
    package static let mostBytes = 32 << 20

    /// What the file is called in messages.
    package let path: String
    private let root: [String: JSONValue]
    /// The virtual hosts of an export of a cluster; `nil` for one of a virtual host, whose objects name none.
    package let virtualHosts: [String]?

    /// Reads a file.
    package init(path: String) throws(DefinitionsFileError) {
        let bytes: [UInt8]
        do {
            bytes = try RegularFile.read(path: path, limit: Self.mostBytes)
        } catch {
            let isLarge = if case .tooLarge = error.kind { true } else { false }
            throw DefinitionsFileError(
                path: path,
                reason: "can't be read: \(error)",
                hint: isLarge
                    ? "give an export of the one virtual host that is compared" : "check the path and its permissions"
            )
        }
        try self.init(Data(bytes), path: path)
    }

    /// Reads the content of a file.
    package init(_ bytes: Data, path: String) throws(DefinitionsFileError) {
        self.path = path
        let value: JSONValue
        do {
            value = try JSONDecoder().decode(JSONValue.self, from: bytes)
        } catch {
            throw DefinitionsFileError(
                path: path,
                reason: "is not JSON, or not all of it",
                hint: "export it again: rabbitmqctl export_definitions FILE, or GET /api/definitions"
            )
        }
        guard let root = value.object else {
            throw DefinitionsFileError(
                path: path,
                reason: "is JSON, and not an object",
                hint: "give a file as RabbitMQ exports it, which begins with {"
            )
        }
        let lists = ["exchanges", "queues", "bindings", "policies", "users", "vhosts", "permissions", "parameters"]
        guard lists.contains(where: { root[$0] != nil }) else {
            throw DefinitionsFileError(
                path: path,
                reason: "has none of exchanges, queues, bindings and policies",
                hint: "give a file as RabbitMQ exports it"
            )
        }
        self.root = root
        virtualHosts = try Self.virtualHosts(root, path)
    }

    private static func virtualHosts(
        _ root: [String: JSONValue],
        _ path: String
    ) throws(DefinitionsFileError) -> [String]? {
        if root["rabbitmq_definition_format"] == .string("single_virtual_host") { return nil }
        let hosts = try FileList("vhosts", root, path).elements { entry throws(DefinitionsFileError) in
            try entry.name("name")
        }
        if !hosts.isEmpty { return hosts }
        // Up to 3.12 the export of a virtual host names its host in policies alone.
        var named: Set<String> = []
        for list in ["exchanges", "queues", "bindings"] {
            let hosts = try FileList(list, root, path).elements { entry throws(DefinitionsFileError) in
                entry.virtualHost
            }
            named.formUnion(hosts.compactMap { $0 })
        }
        return named.isEmpty ? nil : named.sorted()
    }

    /// The definitions of one virtual host.
    ///
    /// - Parameters:
    ///   - virtualHost: which, of the export of a cluster.
    ///   - includesUsers: whether users and permissions are wanted, which only the export of a cluster has.
    package func definitions(
        virtualHost: String,
        includesUsers: Bool = false
    ) throws(DefinitionsFileError) -> Definitions {
        if let virtualHosts, !virtualHosts.contains(virtualHost) {
            let shown = virtualHosts.prefix(5).map(\.named).joined(separator: ", ")
            throw DefinitionsFileError(
                path: path,
                reason: "has no virtual host \(virtualHost.named)",
                hint: "it has \(shown): name one with --from-vhost"
            )
        }
        if includesUsers, virtualHosts == nil || root["users"] == nil {
            throw DefinitionsFileError(
                path: path,
                reason: "has no users",
                hint: "export the whole cluster rather than one virtual host, or leave out --users"
            )
        }
        var definitions = Definitions(origin: origin)
        definitions.exchanges = try list("exchanges", of: virtualHost, Self.exchange)
        definitions.queues = try list("queues", of: virtualHost, Self.queue)
        definitions.bindings = try list("bindings", of: virtualHost, Self.binding)
        definitions.policies = try list("policies", of: virtualHost, Self.policy)
        definitions.operatorPolicies = try operatorPolicies(of: virtualHost)
        if includesUsers { definitions.access = try access(of: virtualHost) }
        try refuseTwice(definitions)
        return definitions
    }

    private var origin: Definitions.Origin {
        let version = (root["rabbitmq_version"] ?? root["rabbit_version"])?.string
        return Definitions.Origin(
            name: "file \(path)",
            version: version.flatMap { BrokerVersion($0) },
            defaultQueueType: Definitions.Origin.queueType(root["default_queue_type"]?.string),
            isFile: true
        )
    }

    private func list<Value>(
        _ key: String,
        of virtualHost: String,
        _ read: (FileEntry) throws(DefinitionsFileError) -> Value
    ) throws(DefinitionsFileError) -> [Value] {
        try FileList(key, root, path).elements { entry throws(DefinitionsFileError) -> Value? in
            // What the export of a virtual host says of its host does not matter to where it is imported.
            guard virtualHosts == nil || entry.virtualHost == virtualHost else { return nil }
            return try read(entry)
        }.compactMap { $0 }
    }

    // MARK: Objects

    private static func exchange(_ entry: FileEntry) throws(DefinitionsFileError) -> ExchangeDefinition {
        ExchangeDefinition(
            name: try entry.objectName("name"),
            type: try entry.text("type"),
            isDurable: try entry.flag("durable", default: true),
            isAutoDelete: try entry.flag("auto_delete", default: false),
            isInternal: try entry.flag("internal", default: false),
            arguments: try entry.table("arguments")
        )
    }

    private static func queue(_ entry: FileEntry) throws(DefinitionsFileError) -> QueueDefinition {
        let arguments = try entry.table("arguments")
        if let type = arguments[QueueDefinition.typeKey], type.string == nil {
            throw entry.error("arguments.\(QueueDefinition.typeKey)", "is \(type.kind), but must be a text")
        }
        return QueueDefinition(
            name: try entry.objectName("name"),
            isDurable: try entry.flag("durable", default: true),
            isAutoDelete: try entry.flag("auto_delete", default: false),
            arguments: arguments
        )
    }

    private static func binding(_ entry: FileEntry) throws(DefinitionsFileError) -> BindingDefinition {
        let type = try entry.text("destination_type")
        guard let destinationType = Binding.DestinationType(rawValue: type) else {
            throw entry.error("destination_type", "is \(type.named), but must be queue or exchange")
        }
        return BindingDefinition(
            source: try entry.text("source", allowsEmpty: true),
            destination: try entry.objectName("destination"),
            destinationType: destinationType,
            routingKey: try entry.text("routing_key", allowsEmpty: true),
            arguments: try entry.table("arguments")
        )
    }

    private static func policy(_ entry: FileEntry) throws(DefinitionsFileError) -> PolicyDefinition {
        PolicyDefinition(
            name: try entry.name("name"),
            pattern: try entry.text("pattern", allowsEmpty: true),
            appliesTo: try entry.optionalText("apply-to") ?? "all",
            priority: try entry.number("priority", default: 0),
            definition: try entry.table("definition")
        )
    }

    /// They are among the parameters.
    private func operatorPolicies(of virtualHost: String) throws(DefinitionsFileError) -> [PolicyDefinition] {
        try list("parameters", of: virtualHost) { entry throws(DefinitionsFileError) -> PolicyDefinition? in
            guard entry.value["component"]?.string == "operator_policy" else { return nil }
            let value = try entry.part("value")
            return PolicyDefinition(
                name: try entry.name("name"),
                pattern: try value.text("pattern", allowsEmpty: true),
                appliesTo: try value.optionalText("apply-to") ?? "all",
                priority: try value.number("priority", default: 0),
                definition: try value.table("definition")
            )
        }.compactMap { $0 }
    }

    private func access(of virtualHost: String) throws(DefinitionsFileError) -> AccessDefinition {
        let users = try FileList("users", root, path).elements { entry throws(DefinitionsFileError) in
            UserAccount(
                name: try entry.name("name"),
                passwordHash: try entry.optionalText("password_hash") ?? "",
                hashingAlgorithm: try entry.optionalText("hashing_algorithm") ?? "rabbit_password_hashing_sha256",
                tags: try entry.tags("tags")
            )
        }
        return AccessDefinition(
            users: users,
            permissions: try list("permissions", of: virtualHost) { entry throws(DefinitionsFileError) in
                UserPermissions(
                    user: try entry.name("user"),
                    permissions: Permissions(
                        configure: try entry.text("configure", allowsEmpty: true),
                        write: try entry.text("write", allowsEmpty: true),
                        read: try entry.text("read", allowsEmpty: true)
                    )
                )
            },
            topicPermissions: try list("topic_permissions", of: virtualHost) { entry throws(DefinitionsFileError) in
                TopicPermissions(
                    user: try entry.name("user"),
                    exchange: try entry.text("exchange", allowsEmpty: true),
                    write: try entry.text("write", allowsEmpty: true),
                    read: try entry.text("read", allowsEmpty: true)
                )
            }
        )
    }

    /// Of two objects of one name, RabbitMQ would take the first, and say nothing.
    private func refuseTwice(_ definitions: Definitions) throws(DefinitionsFileError) {
        let lists: [(String, [String])] = [
            ("exchanges", definitions.exchanges.map(\.name)), ("queues", definitions.queues.map(\.name)),
            ("policies", definitions.policies.map(\.name)),
            ("users", definitions.access?.users.map(\.name) ?? []),
        ]
        for (list, names) in lists {
            var seen: Set<String> = []
            if let name = names.first(where: { !seen.insert($0).inserted }) {
                throw DefinitionsFileError(
                    path: path,
                    place: list,
                    reason: "holds \(name.named) twice",
                    hint: "keep one of them"
                )
            }
        }
    }
}
