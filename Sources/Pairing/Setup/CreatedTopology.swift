import Management
import Topology

/// The objects of applications that pairing declared on the standby site, kept there beside the record, so that unpairing
/// can tell them from what was there before.
struct CreatedTopology: Sendable, Hashable {
    /// The form of the parameter.
    static let version: Int64 = 1
    /// More are not kept: a global parameter is held in memory by every node.
    static let limit = 20_000

    /// What tells each object from all others, such as `queue 'orders'`.
    var objects: Set<String>
    /// Whether there were too many to keep.
    var isCut = false

    init(objects: Set<String> = []) { self.objects = objects }

    /// What a plan creates.
    init(_ plan: TopologyPlan) {
        objects = Set(plan.steps.filter { $0.action == .create }.map(\.object.identity.description))
    }

    init?(_ value: JSONValue) {
        guard value["version"]?.integer == Self.version, case .array(let list)? = value["objects"] else { return nil }
        objects = Set(list.compactMap(\.string))
        isCut = value["cut"]?.bool ?? false
    }

    var json: JSONValue {
        [
            "version": .integer(Self.version), "objects": .array(objects.sorted().map { .string($0) }),
            "cut": .bool(isCut),
        ]
    }

    mutating func formUnion(_ other: CreatedTopology) {
        objects.formUnion(other.objects)
        isCut = isCut || other.isCut
        if objects.count > Self.limit {
            objects = Set(objects.sorted().prefix(Self.limit))
            isCut = true
        }
    }

    /// What of definitions was created by pairing, in a plan that deletes it.
    func removal(from definitions: Definitions) -> TopologyPlan {
        let found = definitions.objects.filter { objects.contains($0.identity.description) }
        let steps = found.map { TopologyPlan.Step(.delete, $0) }
        func phase(_ isPart: (TopologyObject) -> Bool) -> [TopologyPlan.Step] { steps.filter { isPart($0.object) } }
        return TopologyPlan(phases: [
            phase { if case .binding = $0 { true } else { false } },
            phase { if case .queue = $0 { true } else { false } },
            phase { if case .exchange = $0 { true } else { false } },
            phase { if case .policy = $0 { true } else { false } },
        ])
    }
}

extension Definitions {
    /// Exchanges, queues, bindings and policies.
    var objects: [TopologyObject] {
        exchanges.map { .exchange($0) } + queues.map { .queue($0) } + bindings.map { .binding($0) }
            + policies.map { .policy($0) }
    }
}
