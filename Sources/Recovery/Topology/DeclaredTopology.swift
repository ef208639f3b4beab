import Management
import Relay
import Topology

/// The objects of applications that Ropeway declared on a site, kept there beside the record, so that unpairing can tell
/// them from what was there before.
public struct DeclaredTopology: Sendable, Hashable {
    /// The form of the parameter.
    static let version: Int64 = 1
    /// More are not kept: a global parameter is held in memory by every node.
    static let limit = 20_000

    /// The virtual host that they are in.
    public var virtualHost: String
    /// What tells each object from all others, such as `queue 'orders'`.
    public var objects: Set<String>
    /// Whether there were too many to keep.
    public var isCut = false

    init(virtualHost: String, objects: Set<String> = []) {
        self.virtualHost = virtualHost
        self.objects = objects
    }

    init?(_ value: JSONValue) {
        guard value["version"]?.integer == Self.version, case .array(let list)? = value["objects"],
            let virtualHost = value["vhost"]?.string
        else { return nil }
        self.init(virtualHost: virtualHost, objects: Set(list.compactMap(\.string)))
        isCut = value["cut"]?.bool ?? false
    }

    var json: JSONValue {
        [
            "version": .integer(Self.version), "vhost": .string(virtualHost),
            "objects": .array(objects.sorted().map { .string($0) }), "cut": .bool(isCut),
        ]
    }

    /// Takes in what a plan creates.
    mutating func take(_ plan: TopologyPlan) {
        objects.formUnion(plan.steps.filter { $0.action == .create }.map(\.object.identity.description))
        guard objects.count > Self.limit else { return }
        objects = Set(objects.sorted().prefix(Self.limit))
        isCut = true
    }

    /// What of a site's definitions was declared by Ropeway and is still as it was, in a plan that deletes it: what somebody
    /// has changed or made anew since is another one's, and so is what others use.
    ///
    /// - Parameters:
    ///   - definitions: what the site has.
    ///   - comparison: of this site with the other one, from which it was taken; `nil` where that is gone.
    public func removal(from definitions: Definitions, comparison: TopologyComparison?) -> TopologyPlan {
        let changed = Set(comparison?.differences.map(\.object.description) ?? [])
        let found = definitions.objects.filter { object in
            let name = object.identity.description
            return objects.contains(name) && !changed.contains(name)
        }
        func phase(_ isPart: (TopologyObject) -> Bool) -> [TopologyPlan.Step] {
            found.filter(isPart).map { TopologyPlan.Step(.delete, $0) }
        }
        return TopologyPlan(phases: [
            phase { if case .binding = $0 { true } else { false } },
            phase { if case .queue = $0 { true } else { false } },
            phase { if case .exchange = $0 { true } else { false } },
            phase { if case .policy = $0 { true } else { false } },
        ]).sparingWhatOthersUse(bindings: definitions.bindings)
    }

    /// What was declared, is still there and is not part of a removal: it was changed, or others use it.
    public func kept(in definitions: Definitions, besides plan: TopologyPlan) -> [String] {
        let removed = Set(plan.steps.map(\.object.identity.description))
        return definitions.objects.map(\.identity.description).filter { objects.contains($0) && !removed.contains($0) }
            .sorted()
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
public struct DeclaredTopologyStore: Sendable {
    private let api: ManagementAPI
    private let parameter: String
    private let virtualHost: String

    /// Creates the store of a site.
    public init(site: Site, pair: String) {
        api = site.admin
        parameter = PairNames(pair: pair).declaredTopology
        virtualHost = site.virtualHost
    }

    /// What the site has; `nil` for nothing.
    public func read() async throws(ManagementError) -> DeclaredTopology? {
        try await api.globalParameter(parameter).flatMap { DeclaredTopology($0) }
    }

    /// Writes down what a plan creates, before it is.
    func add(_ plan: TopologyPlan) async throws(ManagementError) {
        guard plan.steps.contains(where: { $0.action == .create }) else { return }
        let before = try await read()
        var all = before ?? DeclaredTopology(virtualHost: virtualHost)
        // Another pair's of the same name, in another virtual host: that is told of elsewhere.
        guard all.virtualHost == virtualHost else { return }
        all.take(plan)
        if all != before { try await api.putGlobalParameter(parameter, value: all.json) }
    }
}
