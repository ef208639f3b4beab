import Management
import RopewayConfiguration

/// Which bindings a capture should have, from what its exchange has.
struct BindingPlan: Sendable {
    /// What the capture should have.
    let wanted: Set<CaptureBinding>

    /// - Parameters:
    ///   - upstream: all bindings that start at the exchange.
    /// - Throws: ``TopologyError`` with the code routingChange for an explicit list that is wider than the exchange's own
    ///   bindings, where the route does not accept that.
    init(
        route: RouteConfiguration,
        type: CapturableExchange,
        upstream: [Management.Binding]
    ) throws(TopologyError) {
        let others = Set(upstream.filter { !Self.isOwn($0) }.map { CaptureBinding($0).reduced(for: type) })
        switch route.bindings {
        case .upstream:
            wanted = others
        case .explicit(let list):
            let explicit = list.map { CaptureBinding($0).reduced(for: type) }
            let wider = explicit.first { binding in !others.contains { $0.covers(binding, in: type) } }
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

    /// Whether a binding leads to an object of Ropeway's.
    private static func isOwn(_ binding: Management.Binding) -> Bool { binding.destination.hasPrefix("ropeway.") }

    private static func shown(_ binding: CaptureBinding, in type: CapturableExchange) -> String {
        switch type {
        case .direct, .topic: "'\(binding.routingKey)'"
        case .fanout: "of everything"
        case .headers:
            "by headers \(binding.arguments.keys.filter { $0 != "x-match" }.sorted().joined(separator: ", "))"
        }
    }
}
