import HTTPClient

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The cluster, its nodes and its virtual hosts.
extension ManagementAPI {
    /// What the cluster says about itself: version, name, exchange types, listeners.
    package func overview() async throws(ManagementError) -> Overview {
        try await fetch(Overview.self, ManagementCall(.get, ["overview"]))
    }

    /// The version of the node that answers.
    package func version() async throws(ManagementError) -> BrokerVersion {
        let read: @Sendable () async throws(ManagementError) -> BrokerVersion = { () async throws(ManagementError) in
            let text = try await self.overview().version
            return BrokerVersion(text) ?? BrokerVersion(0, 0)
        }
        guard let lists else { return try await read() }
        return try await shared(lists.version, read)
    }

    /// Reads what all who ask at the same time get alike.
    private func shared<Value: Sendable>(
        _ gathering: Gathering<Value>,
        _ read: @escaping @Sendable () async throws(ManagementError) -> Value
    ) async throws(ManagementError) -> Value {
        switch await gathering.ask({ (_) throws(ManagementError) in Gathered(list: try await read()) }) {
        case .list(let value): return value
        case .failed(let error): throw error
        case .single, .cancelled: return try await read()
        }
    }

    /// The nodes of the cluster, also those that do not run. Needs the tag `monitoring`.
    package func nodes() async throws(ManagementError) -> [Node] {
        let read: @Sendable () async throws(ManagementError) -> [Node] = { () async throws(ManagementError) in
            try await self.fetch([Node].self, ManagementCall(.get, ["nodes"]))
        }
        guard let lists else { return try await read() }
        return try await shared(lists.nodes, read)
    }

    /// The user that the credentials belong to.
    package func whoAmI() async throws(ManagementError) -> User {
        try await fetch(User.self, ManagementCall(.get, ["whoami"]))
    }

    /// The feature flags that are enabled, by name.
    package func enabledFeatureFlags() async throws(ManagementError) -> Set<String> {
        let flags = try await fetch([FeatureFlag].self, ManagementCall(.get, ["feature-flags"]))
        return Set(flags.filter { $0.state == "enabled" }.map(\.name))
    }

    /// How far the clock of the node that answers is ahead of this machine's, by the `Date` of its answer: to the second,
    /// as HTTP has it. `nil` where it sends none.
    package func clockAhead() async throws(ManagementError) -> Duration? {
        let before = Date().timeIntervalSince1970
        let response = try await send(ManagementCall(.get, ["whoami"]))
        let after = Date().timeIntervalSince1970
        guard let there = response.date.map(Double.init) else { return nil }
        // It is rounded down to the second, and was taken some time between the two.
        if there > after { return .seconds(there - after) }
        return .seconds(min(0, there + 1 - before))
    }

    /// The virtual hosts that the user may see.
    package func virtualHosts() async throws(ManagementError) -> [VirtualHost] {
        try await fetch([VirtualHost].self, ManagementCall(.get, ["vhosts"]))
    }

    /// One virtual host, or `nil` if there is none of this name.
    package func virtualHost(_ name: String) async throws(ManagementError) -> VirtualHost? {
        try await find(VirtualHost.self, ManagementCall(.get, ["vhosts", name]))
    }

    /// The limits of a virtual host that are set.
    package func limits(ofVirtualHost name: String) async throws(ManagementError) -> [VirtualHostLimit: Int] {
        let sets = try await find([LimitSet].self, ManagementCall(.get, ["vhost-limits", name])) ?? []
        return LimitSet.merged(sets)
    }

    /// All definitions, of the cluster or of one virtual host, as RabbitMQ exports them. Holds password hashes, and
    /// passwords in URIs. Needs the tag `administrator`.
    package func definitions(virtualHost: String? = nil) async throws(ManagementError) -> JSONValue {
        try await fetch(JSONValue.self, ManagementCall(.get, ["definitions"] + (virtualHost.map { [$0] } ?? [])))
    }
}

/// A feature flag, as RabbitMQ sends it.
private struct FeatureFlag: Decodable {
    var name: String
    var state: String
}

/// The limits of a user or a virtual host, as RabbitMQ sends them.
struct LimitSet: Decodable {
    var value: [String: JSONValue]

    init(from decoder: any Decoder) throws {
        value = try LenientObject(decoder).table("value")
    }

    static func merged<Limit: RawRepresentable<String> & Hashable>(_ sets: [LimitSet]) -> [Limit: Int] {
        var result: [Limit: Int] = [:]
        for (name, value) in sets.flatMap(\.value) {
            guard let limit = Limit(rawValue: name), let number = value.integer else { continue }
            result[limit] = Int(number)
        }
        return result
    }
}
