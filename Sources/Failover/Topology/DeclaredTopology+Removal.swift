import Management
import Relay
import Topology

/// What becomes of the objects that Ropeway declared on a site when its pair is taken apart.
package struct DeclaredRemoval: Sendable, Hashable {
    /// An object that stays.
    package struct Kept: Sendable, Hashable {
        /// What tells it from all others, such as `queue 'orders'`.
        package var object: String
        /// Why it stays.
        package var reason: String

        /// Creates a description.
        package init(_ object: String, _ reason: String) {
            self.object = object
            self.reason = reason
        }
    }

    /// What deletes those that are as they were declared, and that nobody else uses.
    package var plan: TopologyPlan
    /// The others that are still there, by name.
    package var kept: [Kept]
}

extension DeclaredTopology {
    /// Divides what a site's definitions have of it into what goes and what stays: what somebody has changed or created again
    /// since is another one's, and so is what others use.
    ///
    /// - Parameters:
    ///   - definitions: what the site has.
    ///   - comparison: of this site with the other one, from which it was taken; `nil` where that is gone.
    ///   - pair: the pair that goes, and all that is bound to its own objects with it.
    package func removal(
        from definitions: Definitions,
        comparison: TopologyComparison?,
        withPair pair: String
    ) -> DeclaredRemoval {
        let found = definitions.objects.filter { objects.contains($0.identity.description) }
        var reasons: [ObjectIdentity: String] = [:]
        for difference in comparison?.differences ?? [] {
            if let reason = Self.reason(difference, source: comparison?.source.name ?? "the other site") {
                reasons[difference.object] = reason
            }
        }
        let going = found.filter { reasons[$0.identity] == nil }
        func phase(_ isPart: (TopologyObject) -> Bool) -> [TopologyPlan.Step] {
            going.filter(isPart).map { TopologyPlan.Step(.delete, $0) }
        }
        let prefix = PairNames(pair: pair).recordPrefix
        let lasting = definitions.bindings.filter {
            !$0.source.hasPrefix(prefix) && !$0.destination.hasPrefix(prefix)
        }
        let plan = TopologyPlan(phases: [
            phase { if case .binding = $0 { true } else { false } },
            phase { if case .queue = $0 { true } else { false } },
            phase { if case .exchange = $0 { true } else { false } },
            phase { if case .policy = $0 { true } else { false } },
        ]).sparingWhatOthersUse(bindings: lasting)
        let removed = Set(plan.steps.map(\.object.identity))
        let others = lasting.filter { !removed.contains(ObjectIdentity($0)) && !$0.source.isEmpty }
        let kept = found.map(\.identity).filter { !removed.contains($0) }.sorted().map { object in
            DeclaredRemoval.Kept(object.description, reasons[object] ?? Self.use(of: object, by: others))
        }
        return DeclaredRemoval(plan: plan, kept: kept)
    }

    /// Everything that is still there, for one reason.
    package func kept(in definitions: Definitions, because reason: String) -> [DeclaredRemoval.Kept] {
        definitions.objects.map(\.identity).filter { objects.contains($0.description) }.sorted()
            .map { DeclaredRemoval.Kept($0.description, reason) }
    }

    /// Why what differs is taken to be another one's; `nil` where it can't have been changed.
    private static func reason(_ difference: TopologyDifference, source: String) -> String? {
        // A binding is what it is called: one with another key or other arguments is another one.
        guard difference.object.binding == nil else { return nil }
        if difference.kind == .onlyThere {
            return "\(source) does not have it any more, so whether it was changed since can't be told"
        }
        let parts = difference.properties.map(\.description) + [difference.reason].compactMap { $0 }
        return "it is not as at \(source), and may have been changed since: \(parts.joined(separator: "; "))"
    }

    private static func use(of object: ObjectIdentity, by bindings: [BindingDefinition]) -> String {
        let type: Binding.DestinationType = object.kind == .queue ? .queue : .exchange
        let uses = bindings.filter { binding in
            binding.destinationType == type && binding.destination == object.name
                || type == .exchange && binding.source == object.name
        }
        guard let first = uses.first else { return "others use it" }
        let more = uses.count > 1 ? ", and \(uses.count - 1) more" : ""
        return "\(ObjectIdentity(first)) uses it\(more)"
    }
}
