import Management
import RopewayConfiguration

/// Which bindings a capture should have, from what its exchange has.
struct BindingPlan: Sendable {
    /// What the capture should have.
    let wanted: Set<CaptureBinding>

    /// - Parameters:
    ///   - upstream: the exchange and what it leads to.
    ///   - onlyRouted: whether the capture is to take nothing that reaches no queue otherwise, whatever the route accepts:
    ///     as while a replay goes on, whose messages would count as delivered.
    /// - Throws: ``TopologyError`` with the code routingChange where the capture would make messages routable that are not,
    ///   and the route does not accept that: for an explicit list that is wider than what the exchange routes, and for
    ///   an exchange that routes by more than a binding of the capture can say.
    init(
        route: RouteConfiguration,
        type: CapturableExchange,
        upstream: ExchangeGraph,
        onlyRouted: Bool = false
    ) throws(TopologyError) {
        let routed = Self.routed(type, upstream)
        if onlyRouted {
            wanted = Self.restricted(routed.exact, to: route.bindings, type)
            return
        }
        switch route.bindings {
        case .upstream:
            if let wider = routed.wider.first, !route.acceptsRoutingChange {
                throw Self.refusal(wider, route: route, type: type)
            }
            wanted = routed.exact.union(routed.wider.map { CaptureBinding($0).reduced(for: type) })
        case .explicit(let list):
            let explicit = list.map { CaptureBinding($0).reduced(for: type) }
            let wider = explicit.first { binding in !routed.exact.contains { $0.covers(binding, in: type) } }
            if let wider, !route.acceptsRoutingChange {
                throw TopologyError(
                    .routingChange,
                    "the binding \(Self.shown(wider, in: type)) of route '\(route.name)' is wider than those that exchange "
                        + "'\(route.exchange)' has: messages that no queue takes would be routable, so that publishers' "
                        + "mandatory returns and the alternate exchange would stop working for them",
                    hint: "use bindings: upstream, or set accept-routing-change: true for the route",
                    object: route.exchange
                )
            }
            wanted = Set(explicit)
        }
    }

    /// What of bindings a route's list takes as well. Where that can't be said exactly, a binding stays whole.
    private static func restricted(
        _ bindings: Set<CaptureBinding>,
        to list: RouteConfiguration.Bindings,
        _ type: CapturableExchange
    ) -> Set<CaptureBinding> {
        guard case .explicit(let list) = list else { return bindings }
        let explicit = list.map { CaptureBinding($0).reduced(for: type) }
        var both: Set<CaptureBinding> = []
        for binding in bindings {
            for wanted in explicit {
                if wanted.covers(binding, in: type) {
                    both.insert(binding)
                } else if binding.covers(wanted, in: type) {
                    both.insert(wanted)
                } else if type == .topic {
                    let shared = TopicPattern(binding.routingKey).intersection(with: TopicPattern(wanted.routingKey))
                    both.formUnion(shared?.map { CaptureBinding(routingKey: $0.text) } ?? [binding])
                } else if type == .headers {
                    both.insert(binding)
                }
            }
        }
        return both
    }

    /// What the exchange routes to some queue: what bindings of a capture can say exactly, and the bindings to other
    /// exchanges behind which less is taken than they let through.
    private static func routed(
        _ type: CapturableExchange,
        _ upstream: ExchangeGraph
    ) -> (exact: Set<CaptureBinding>, wider: [Management.Binding]) {
        var exact: Set<CaptureBinding> = []
        var wider: [Management.Binding] = []
        for binding in upstream.bindings {
            let whole = CaptureBinding(binding).reduced(for: type)
            guard binding.destinationType == .exchange else {
                exact.insert(whole)
                continue
            }
            let demand = upstream.demand(of: binding.destination, below: [upstream.root])
            switch (demand, type) {
            case (.nothing, _):
                continue
            case (.everything, _):
                exact.insert(whole)
            case (.keys(let patterns), .direct):
                let key = TopicPattern(binding.routingKey)
                if !key.isLiteral {
                    wider.append(binding)
                } else if patterns.contains(where: { $0.covers(key) }) {
                    exact.insert(whole)
                }
            case (.keys, .topic):
                switch demand.limited(to: TopicPattern(binding.routingKey)) {
                case .keys(let keys): exact.formUnion(keys.map { CaptureBinding(routingKey: $0.text) })
                case .nothing: continue
                case .everything, .untold: wider.append(binding)
                }
            case (.keys, .fanout), (.keys, .headers), (.untold, _):
                wider.append(binding)
            }
        }
        // A binding that others cover anyway makes nothing routable that is not.
        wider.removeAll { binding in
            let whole = CaptureBinding(binding).reduced(for: type)
            return exact.contains { $0.covers(whole, in: type) }
        }
        return (exact, wider)
    }

    private static func refusal(
        _ binding: Management.Binding,
        route: RouteConfiguration,
        type: CapturableExchange
    ) -> TopologyError {
        let shown = shown(CaptureBinding(binding), in: type)
        return TopologyError(
            .routingChange,
            "exchange '\(route.exchange)' is bound to exchange '\(binding.destination)' by \(shown), and behind it not all "
                + "of that reaches a queue: the capture of route '\(route.name)' would make the rest routable, so that "
                + "publishers' mandatory returns and alternate exchanges would stop working for it",
            hint: "set accept-routing-change: true for the route, or give it a list of bindings that are all routed",
            object: route.exchange
        )
    }

    private static func shown(_ binding: CaptureBinding, in type: CapturableExchange) -> String {
        switch type {
        case .direct, .topic: "'\(binding.routingKey)'"
        case .fanout: "of everything"
        case .headers:
            "by headers \(binding.arguments.keys.filter { $0 != "x-match" }.sorted().joined(separator: ", "))"
        }
    }
}
