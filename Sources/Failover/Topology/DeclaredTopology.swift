import Management
import Relay
import Topology

/// The objects of applications that Ropeway declared on a site, kept there beside the record, so that unpairing can tell
/// them from what was there before.
package struct DeclaredTopology: Sendable, Hashable {
    /// The form of the parameter.
    static let version: Int64 = 1
    /// More are not kept: a global parameter is held in memory by every node.
    static let limit = 20_000

    /// The site that they were declared on; `nil` in one that an earlier version wrote. Definitions that are copied bring
    /// another site's along.
    package var site: String?
    /// The virtual host that they are in.
    package var virtualHost: String
    /// What tells each object from all others, such as `queue 'orders'`.
    package var objects: Set<String>
    /// The site that was active when the pair was taken apart; `nil` while there is a pair, whose record tells.
    package var active: String?
    /// Whether there were too many to keep.
    package var isCut = false

    init(site: String? = nil, virtualHost: String, objects: Set<String> = []) {
        self.site = site
        self.virtualHost = virtualHost
        self.objects = objects
    }

    /// Reads it as the parameter has it; `nil` for something else.
    package init?(_ value: JSONValue) {
        guard value["version"]?.integer == Self.version, case .array(let list)? = value["objects"],
            let virtualHost = value["vhost"]?.string
        else { return nil }
        self.init(
            site: value["site"]?.string,
            virtualHost: virtualHost,
            objects: Set(list.compactMap(\.string))
        )
        active = value["active"]?.string
        isCut = value["cut"]?.bool ?? false
    }

    var json: JSONValue {
        var members: [String: JSONValue] = [
            "version": .integer(Self.version), "vhost": .string(virtualHost),
            "objects": .array(objects.sorted().map { .string($0) }), "cut": .bool(isCut),
        ]
        members["site"] = site.map { .string($0) }
        members["active"] = active.map { .string($0) }
        return .object(members)
    }

    /// Takes in what a plan creates.
    mutating func take(_ plan: TopologyPlan) {
        objects.formUnion(plan.steps.filter { $0.action == .create }.map(\.object.identity.description))
        guard objects.count > Self.limit else { return }
        objects = Set(objects.sorted().prefix(Self.limit))
        isCut = true
    }
}

extension Definitions {
    /// Exchanges, queues, bindings and policies.
    var objects: [TopologyObject] {
        exchanges.map { .exchange($0) } + queues.map { .queue($0) } + bindings.map { .binding($0) }
            + policies.map { .policy($0) }
    }
}

/// The parameter at a site that tells what Ropeway declared there for applications.
package struct DeclaredTopologyStore: Sendable {
    private let api: ManagementAPI
    private let parameter: String
    private let site: String
    private let virtualHost: String

    /// Creates the store of a site.
    package init(site: Site, pair: String) {
        self.site = site.name
        api = site.admin
        parameter = PairNames(pair: pair).declaredTopology
        virtualHost = site.virtualHost
    }

    /// What the site has; `nil` for nothing.
    package func read() async throws(ManagementError) -> DeclaredTopology? {
        try await api.globalParameter(parameter).flatMap { DeclaredTopology($0) }
    }

    /// Writes down what a plan creates, before it is.
    func add(_ plan: TopologyPlan) async throws(ManagementError) {
        guard plan.steps.contains(where: { $0.action == .create }) else { return }
        let before = try await read()
        var all = before ?? DeclaredTopology(virtualHost: virtualHost)
        // Another pair's of the same name, in another virtual host: that is told of elsewhere.
        guard all.virtualHost == virtualHost else { return }
        // What was declared on another site says nothing of this one.
        if let other = all.site, other != site { all = DeclaredTopology(virtualHost: virtualHost) }
        all.site = site
        all.active = nil
        all.take(plan)
        if all != before { try await api.putGlobalParameter(parameter, value: all.json) }
    }

    /// Writes down what is left of it once the pair is taken apart; nothing where nothing is.
    package func replace(by rest: DeclaredTopology?) async throws(ManagementError) {
        if let rest {
            try await api.putGlobalParameter(parameter, value: rest.json)
        } else {
            _ = try await api.deleteGlobalParameter(parameter)
        }
    }
}
