import AMQP
import BrokerHarness
import Management
import Relay
import RelayHarness
import RopewayConfiguration
import Testing

/// Each key that the version knows, as somebody's policy and as an operator policy for everything. What comes of each
/// stands in docs/guarantees.md.
@Suite("Every policy key for everything", .timeLimit(.minutes(4)))
struct PolicyKeyTests {
    /// A policy for each key that a version of RabbitMQ knows, with a value that would do harm if any did.
    private static let policies: [String: [String: JSONValue]] = [
        "alternate-exchange": ["alternate-exchange": "amq.fanout"],
        "consumer-disconnected-timeout": ["consumer-disconnected-timeout": 600_000],
        "consumer-timeout": ["consumer-timeout": 1],
        "dead-letter-exchange": ["dead-letter-exchange": "amq.fanout"],
        "dead-letter-routing-key": ["dead-letter-routing-key": "other"],
        "dead-letter-strategy": ["dead-letter-strategy": "at-least-once"],
        "delayed-retry-max": ["delayed-retry-type": "all", "delayed-retry-min": 1000, "delayed-retry-max": 60_000],
        "delayed-retry-min": ["delayed-retry-min": 60_000],
        "delayed-retry-type": ["delayed-retry-type": "all", "delayed-retry-min": 60_000],
        "delivery-limit": ["delivery-limit": 0],
        "expires": ["expires": 60_000],
        "federation-upstream": ["federation-upstream": "somebody"],
        "federation-upstream-pattern": ["federation-upstream-pattern": ".*"],
        "federation-upstream-set": ["federation-upstream-set": "all"],
        "ha-mode": ["ha-mode": "all"],
        "ha-params": ["ha-mode": "exactly", "ha-params": 1],
        "ha-promote-on-failure": ["ha-mode": "all", "ha-promote-on-failure": "always"],
        "ha-promote-on-shutdown": ["ha-mode": "all", "ha-promote-on-shutdown": "always"],
        "ha-sync-batch-size": ["ha-mode": "all", "ha-sync-batch-size": 1],
        "ha-sync-mode": ["ha-mode": "all", "ha-sync-mode": "automatic"],
        "initial-cluster-size": ["initial-cluster-size": 1],
        "max-age": ["max-age": "1s"],
        "max-in-memory-bytes": ["max-in-memory-bytes": 0],
        "max-in-memory-length": ["max-in-memory-length": 0],
        "max-length": ["max-length": 0],
        "max-length-bytes": ["max-length-bytes": 0],
        "message-ttl": ["message-ttl": 0],
        "overflow": ["overflow": "reject-publish-dlx"],
        "queue-leader-locator": ["queue-leader-locator": "balanced"],
        "queue-master-locator": ["queue-master-locator": "random"],
        "queue-mode": ["queue-mode": "lazy"],
        "queue-version": ["queue-version": 2],
        "stream-filter-size-bytes": ["stream-filter-size-bytes": 16],
        "stream-max-segment-size-bytes": ["stream-max-segment-size-bytes": 1_000_000],
        "target-group-size": ["target-group-size": 1],
    ]

    /// The keys of operator policies that do harm, and to which types of our queues; all others do none.
    private static func harmed(by key: String) -> Set<String> {
        switch key {
        case "expires", "message-ttl", "max-length": ["classic", "quorum"]
        case "overflow": ["classic", "quorum"]
        case "delivery-limit": ["quorum"]
        case "delayed-retry-type", "delayed-retry-max": ["quorum"]
        case "max-length-bytes": ["classic", "quorum", "stream"]
        default: []
        }
    }

    /// All own objects, by the types that they can have, in one virtual host.
    private struct Objects {
        let topology: Topology
        /// What is prepared at once: of which types the queues are, a route's helpers included.
        var parts: [(name: String, types: Set<String>, prepare: () async throws -> Void)] = []

        init(_ topology: Topology) async throws {
            self.topology = topology
            let site = topology.site
            let connection = topology.connection
            let helper = topology.node.version < .v4 ? "classic" : "quorum"
            try await topology.declareExchange("fanout")
            for type in ["classic", "quorum"] {
                let names = ObjectNames(pair: "pair", route: type)
                let route = try topology.route("capture: {type: \(type), max-length-bytes: 1GB}")
                let capture = CaptureProvisioner(site: site, names: names, route: route)
                parts.append(
                    (names.capture, [type, helper], { _ = try await capture.prepare(on: connection) })
                )
            }
            for type in ["classic", "quorum", "stream"] {
                let names = ObjectNames(pair: "pair", route: "store-\(type)")
                let standby = try topology.route("standby: {type: \(type), ttl: 1h, max-length-bytes: 1GB}").standby
                let store = StoreProvisioner(site: site, names: names, standby: standby, epoch: 1)
                parts.append((names.standby, [type, helper], { try await store.prepare(on: connection) }))
            }
            parts.append(
                (
                    topology.names.quarantine, [helper],
                    { try await site.prepareQuarantine(on: connection, names: topology.names) }
                )
            )
            let lock = PairNames(pair: "pair").lock
            try await topology.channel.declareQueue(
                lock,
                arguments: ["x-queue-type": "quorum", "x-single-active-consumer": true]
            )
            let version = BrokerVersion(topology.node.version.description)
            parts.append(
                (lock, ["quorum"], { try await LockPolicy(site: site, queue: lock, version: version).keep() })
            )
            for part in parts { try await part.prepare() }
        }

        /// The policies of all own queues and of the exchanges that have own policies, by name.
        func policies() async throws -> [String: String?] {
            struct Object: Decodable {
                var name: String
                var policy: String?
            }
            var policies: [String: String?] = [:]
            for kind in ["queues", "exchanges"] {
                // Statistics tell of it some seconds later.
                let path = "/api/\(kind)/\(topology.virtualHost)?disable_stats=true&enable_queue_totals=true"
                for object in try await topology.node.managementJSON(path, as: [Object].self)
                where object.name.hasPrefix("ropeway.") {
                    policies["\(kind) \(object.name)"] = object.policy
                }
            }
            return policies
        }

        /// The own policy that an object must have.
        static func expected(_ object: String) -> String {
            let name = String(object.split(separator: " ")[1])
            let parts = name.split(separator: ".")
            return parts.prefix(4).joined(separator: ".").replacing(".replay", with: ".cursor")
        }
    }

    private static func knownKeys(_ node: BrokerNode, operators: Bool) async throws -> [String] {
        let kind = operators ? "operator_policy_validator" : "policy_validator"
        let text = try await node.control([
            "eval", "[io:format(\"~s~n\", [K]) || {{\(kind), K}, _} <- ets:tab2list(rabbit_registry)], ok.",
        ])
        return text.split(separator: "\n").map(String.init).filter { $0 != "ok" }.sorted()
    }

    @Test("given it as a policy, then each own object outranks it as soon as it is looked at")
    func policies() async throws {
        try await Topology.with { topology in
            let objects = try await Objects(topology)
            for key in try await Self.knownKeys(topology.node, operators: false) {
                let definition = try #require(Self.policies[key], "this test knows no value for '\(key)'")
                let policy = Policy(
                    virtualHost: topology.virtualHost,
                    name: "somebody",
                    pattern: ".*",
                    appliesTo: "all",
                    priority: 50_000,
                    definition: definition
                )
                guard try await Self.isTaken(policy, .policy, at: topology.site) else { continue }
                for part in objects.parts { try await part.prepare() }
                for (object, policy) in try await objects.policies() {
                    #expect(policy == Objects.expected(object), "\(key): \(object) has \(policy ?? "no policy")")
                }
                try await topology.site.management.deletePolicy("somebody", virtualHost: topology.virtualHost)
            }
        }
    }

    @Test("given it as an operator policy, then it is refused by name or does no harm")
    func operatorPolicies() async throws {
        try await Topology.with { topology in
            let objects = try await Objects(topology)
            for key in try await Self.knownKeys(topology.node, operators: true) {
                let definition = try #require(Self.policies[key], "this test knows no value for '\(key)'")
                let policy = Policy(
                    virtualHost: topology.virtualHost,
                    name: "the-house",
                    pattern: ".*",
                    appliesTo: "queues",
                    priority: 0,
                    definition: definition
                )
                guard try await Self.isTaken(policy, .operatorPolicy, at: topology.site) else { continue }
                for part in objects.parts {
                    let error = await Self.failure { try await part.prepare() }
                    guard !Self.harmed(by: key).isDisjoint(with: part.types) else {
                        #expect(error == nil, "\(key) for \(part.name)")
                        continue
                    }
                    #expect(error?.code == .policyConflict, "\(key) for \(part.name): \(error as Any)")
                    #expect(error?.message.contains("'the-house'") == true)
                    #expect(definition.keys.contains { error?.message.contains("'\($0)'") == true }, "\(key)")
                }
                try await topology.site.management.deletePolicy(
                    "the-house",
                    kind: .operatorPolicy,
                    virtualHost: topology.virtualHost
                )
            }
            for part in objects.parts { try await part.prepare() }
        }
    }

    @Test("given no limit of deliveries as an operator policy, then it does no harm, where it can be set at all")
    func unlimitedDeliveries() async throws {
        try await Topology.with { topology in
            guard topology.node.version >= .v4 else { return }
            let objects = try await Objects(topology)
            try await topology.putPolicy("the-house", ["delivery-limit": -1], kind: .operatorPolicy)
            for part in objects.parts { try await part.prepare() }
        }
    }

    /// Writes a policy; `false` where the broker itself refuses it, as 4.3 does with what is deprecated.
    private static func isTaken(_ policy: Policy, _ kind: PolicyKind, at site: Site) async throws -> Bool {
        do {
            try await site.management.putPolicy(policy, kind: kind)
            return true
        } catch {
            guard case .rejected = error.kind else { throw error }
            return false
        }
    }

    private static func failure(_ body: () async throws -> Void) async -> TopologyError? {
        do {
            try await body()
            return nil
        } catch let error as TopologyError {
            return error
        } catch {
            Issue.record("\(error)")
            return nil
        }
    }
}
