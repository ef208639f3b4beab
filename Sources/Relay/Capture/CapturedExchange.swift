import Management
import RopewayConfiguration

/// The exchange that a capture is bound to: whether it is there, where it leads, and which bindings follow from that. It
/// only reads.
struct CapturedExchange: Sendable {
    let site: Site
    let names: ObjectNames
    let route: RouteConfiguration
    /// What was listed for who looks; what it does not tell is asked for.
    var view: HostView?

    /// What is to be changed about the bindings, and the type of the exchange.
    func plannedBindings(
        onlyRouted: Bool
    ) async throws(TopologyError) -> (BindingChange, CapturableExchange) {
        let exchange = try await exchange()
        let type = try CapturableExchange(exchange, acceptsRoutingChange: route.acceptsRoutingChange)
        let (wanted, present) = try await bindings(
            from: exchange,
            upstream: try await upstreamBindings(),
            onlyRouted: onlyRouted
        )
        let change = BindingChange(
            added: wanted.subtracting(present).inOrder,
            removed: present.subtracting(wanted).inOrder,
            isFirst: present.isEmpty && !wanted.isEmpty
        )
        return (change, type)
    }

    /// The bindings that the capture should have, and those that it has.
    func bindings(
        from exchange: Exchange,
        upstream: [Management.Binding],
        onlyRouted: Bool = false
    ) async throws(TopologyError) -> (wanted: Set<CaptureBinding>, present: Set<CaptureBinding>) {
        let type = try CapturableExchange(exchange, acceptsRoutingChange: route.acceptsRoutingChange)
        let wanted = try BindingPlan(
            route: route,
            type: type,
            upstream: await graph(exchange, upstream),
            onlyRouted: onlyRouted
        ).wanted
        return (wanted, Set(upstream.filter(leadsToCapture).map { CaptureBinding($0) }))
    }

    func leadsToCapture(_ binding: Management.Binding) -> Bool {
        binding.destinationType == .queue && binding.destination == names.capture
    }

    func exchange() async throws(TopologyError) -> Exchange {
        if let listed = view?.exchange(route.exchange) { return listed }
        let exchange: Exchange?
        do {
            exchange = try await site.management.exchange(route.exchange, virtualHost: site.virtualHost)
        } catch {
            throw TopologyError(
                error,
                object: route.exchange,
                right: "the tag management and access to the virtual host"
            )
        }
        guard let exchange else {
            if let absence = await site.absence(of: route.exchange) { throw absence }
            throw TopologyError(
                .exchangeMissing,
                "exchange '\(route.exchange)' does not exist in virtual host '\(site.virtualHost)' of site '\(site.name)'",
                hint: "declare it, or correct the route's exchange or the site's vhost",
                object: route.exchange
            )
        }
        return exchange
    }

    /// What the exchange leads to, behind other exchanges as well.
    func graph(
        _ exchange: Exchange,
        _ bindings: [Management.Binding]
    ) async throws(TopologyError) -> ExchangeGraph {
        do {
            return try await site.graph(from: exchange, bindings: bindings)
        } catch {
            throw TopologyError(
                error,
                object: route.exchange,
                right: "the tag management and access to the virtual host"
            )
        }
    }

    func upstreamBindings() async throws(TopologyError) -> [Management.Binding] {
        if let listed = view?.bindings(fromExchange: route.exchange) { return listed }
        do {
            return try await site.management.bindings(fromExchange: route.exchange, virtualHost: site.virtualHost)
        } catch {
            throw TopologyError(
                error,
                object: route.exchange,
                right: "the tag management and access to the virtual host"
            )
        }
    }
}

extension Set<CaptureBinding> {
    /// In the order in which they are made.
    var inOrder: [CaptureBinding] {
        sorted { ($0.routingKey, $0.arguments.count) < ($1.routingKey, $1.arguments.count) }
    }
}
