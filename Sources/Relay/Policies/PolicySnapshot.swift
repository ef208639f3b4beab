import Management
import RopewayConfiguration

/// The policies of a virtual host at one moment, and what they mean for Ropeway's own queues.
struct PolicySnapshot: Sendable {
    let virtualHost: String
    let operatorPolicies: [Policy]
    /// As the site lists them.
    private let all: [Policy]
    /// By name. There may be some for each route, and each route asks.
    private let policies: [String: Policy]
    /// Those that Ropeway did not make, and the highest priorities among them: of all, and of those that concern queues.
    private let foreign: [Policy]
    private let highest: Int?
    private let highestForQueues: Int?

    init(virtualHost: String, policies: [Policy], operatorPolicies: [Policy]) {
        self.virtualHost = virtualHost
        self.operatorPolicies = operatorPolicies
        all = policies
        self.policies = Dictionary(policies.map { ($0.name, $0) }) { first, _ in first }
        foreign = policies.filter { !Self.isOwn($0) }
        highest = foreign.map(\.priority).max()
        highestForQueues = foreign.filter(Self.concernsQueues).map(\.priority).max()
    }

    /// Whether it was made of these. Lists that were decoded once are told by their storage.
    func isOf(_ policies: [Policy], _ operatorPolicies: [Policy]) -> Bool {
        policies == all && operatorPolicies == self.operatorPolicies
    }

    /// The lowest priority that Ropeway's policies get, above what is usual.
    static let lowestPriority = 1000

    /// The policy that must be written so that `own` applies, or `nil` where the one that is there does.
    func change(for own: OwnPolicy) -> Policy? {
        let existing = policies[own.object]
        let highest = (own.coversExchanges ? highest : highestForQueues) ?? Int.min
        let priority: Int
        if let existing, existing.priority > highest {
            // Kept, since any change of a policy trims the streams that it applies to.
            priority = existing.priority
        } else {
            priority = max(Self.lowestPriority, highest == Int.max ? highest : highest + 1)
        }
        let wanted = Policy(
            virtualHost: virtualHost,
            name: own.object,
            pattern: own.pattern,
            appliesTo: own.appliesTo,
            priority: priority,
            definition: own.definition
        )
        return wanted == existing ? nil : wanted
    }

    /// The policy with what it sets now, where there is one, instead of what it should set.
    func asItIs(_ own: OwnPolicy) -> OwnPolicy {
        guard let existing = policies[own.object] else { return own }
        var copy = own
        copy.definition = existing.definition
        return copy
    }

    /// What an operator policy does to the queue that it must not do, or `nil`.
    func conflict(for own: OwnPolicy) -> TopologyError? { Self.conflict(among: operatorPolicies, for: own) }

    static func conflict(among operatorPolicies: [Policy], for own: OwnPolicy) -> TopologyError? {
        let matching = operatorPolicies.filter {
            matches($0, own) && PolicyHarm.applies($0.definition, to: own.queueType)
        }
        guard let highest = matching.map(\.priority).max() else { return nil }
        // Which of several with the same priority applies is not defined, so each must do no harm.
        for policy in matching where policy.priority == highest {
            if let harm = PolicyHarm.of(policy.definition, to: own) {
                return .policyConflict(harm, by: "operator policy '\(policy.name)'", object: own.object)
            }
        }
        return nil
    }

    /// What somebody else's policy does to a queue at this moment, or `nil`.
    func harm(to own: OwnPolicy) -> String? {
        if let conflict = conflict(for: own) { return conflict.message }
        let priority = policies[own.object]?.priority
        let outranking = foreign.filter {
            Self.matches($0, own) && PolicyHarm.applies($0.definition, to: own.queueType)
                && $0.priority >= priority ?? Int.min
        }
        for policy in outranking.sorted(by: { $0.priority > $1.priority }) {
            if let harm = PolicyHarm.of(policy.definition, to: own) {
                return "policy '\(policy.name)' applied to '\(own.object)': \(harm)"
            }
        }
        return nil
    }

    /// Whether Ropeway made a policy: named and patterned like one of its objects, and matching no others.
    private static func isOwn(_ policy: Policy) -> Bool {
        policy.name.hasPrefix("ropeway.") && OwnPolicy.patterns(of: policy.name).contains(policy.pattern)
    }

    private static func concernsQueues(_ policy: Policy) -> Bool { policy.appliesTo != "exchanges" }

    private static func matches(_ policy: Policy, _ own: OwnPolicy) -> Bool {
        switch policy.appliesTo {
        case "exchanges": return false
        case "classic_queues" where own.queueType != .classic: return false
        case "quorum_queues" where own.queueType != .quorum: return false
        case "streams" where own.queueType != .stream: return false
        default: break
        }
        // A pattern that only Erlang's engine can read is taken to match: better one refusal too many.
        guard let regex = try? Regex(policy.pattern) else { return true }
        return own.object.firstMatch(of: regex) != nil
    }
}

extension TopologyError {
    static func policyConflict(_ harm: String, by policy: String, object: String) -> TopologyError {
        TopologyError(
            .policyConflict,
            "\(policy) applies to '\(object)': \(harm)",
            hint: "change its pattern so that it does not match names that start with 'ropeway.'",
            object: object
        )
    }
}
