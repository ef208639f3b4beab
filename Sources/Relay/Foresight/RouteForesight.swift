import AMQP
import Management
import RopewayConfiguration

/// Whether a route could be set up, from what a site tells of itself: by the same rules as setting it up, with nothing
/// asked and nothing changed.
package struct RouteForesight: Sendable {
    /// What a site tells that its routes have in common.
    package struct Premises: Sendable {
        /// The virtual host.
        package var virtualHost: String
        /// The version of the broker.
        package var version: BrokerVersion
        /// The number of nodes, or why that is not known.
        package var nodes: Result<Int, ManagementError>?
        /// The operator policies of the virtual host.
        package var operatorPolicies: [Policy]

        /// Creates premises.
        package init(
            virtualHost: String,
            version: BrokerVersion,
            nodes: Result<Int, ManagementError>?,
            operatorPolicies: [Policy]
        ) {
            self.virtualHost = virtualHost
            self.version = version
            self.nodes = nodes
            self.operatorPolicies = operatorPolicies
        }

        /// What an operator policy does to a queue that it must not do, or `nil`. Other policies are outranked.
        fileprivate func conflict(for policy: OwnPolicy) -> TopologyError? {
            PolicySnapshot.conflict(among: operatorPolicies, for: policy)
        }
    }

    /// The names of the route's objects.
    package let names: ObjectNames
    /// The route.
    package let route: RouteConfiguration

    /// Creates the foresight of a route.
    package init(names: ObjectNames, route: RouteConfiguration) {
        self.names = names
        self.route = route
    }

    /// Why the exchange could not be captured.
    ///
    /// - Parameters:
    ///   - exchange: the route's exchange, as it is on the site.
    ///   - graph: what it leads to.
    package func exchangeFaults(_ exchange: Exchange, _ graph: ExchangeGraph) -> [TopologyError] {
        do throws(TopologyError) {
            let type = try CapturableExchange(exchange, acceptsRoutingChange: route.acceptsRoutingChange)
            _ = try BindingPlan(route: route, type: type, upstream: graph)
            return []
        } catch {
            return [error]
        }
    }

    /// Why the capture could not be declared, or not be relied on.
    ///
    /// - Parameter existing: the capture that is there.
    package func captureFaults(existing: QueueDetails?, _ premises: Premises) -> [TopologyError] {
        let declaration = CaptureDeclaration(names: names, route: route)
        let type: RouteConfiguration.QueueType
        do throws(TopologyError) {
            type = try CaptureType.resolve(
                configured: route.capture.type,
                existing: existing?.declaredType,
                version: premises.version,
                object: names.capture,
                nodes: premises.nodes
            )
            try declaration.validate(type, existing: existing)
        } catch {
            return [error]
        }
        var faults: [TopologyError] = []
        if let existing,
            let name = Self.difference(existing, declaration.arguments(for: type, existing: existing).scalars)
        {
            faults.append(
                TopologyError(
                    .inequivalent,
                    "queue '\(names.capture)' exists with another value of '\(name)'",
                    hint: "drain and delete it, so that it is declared again",
                    object: names.capture
                )
            )
        }
        return faults
            + declaration.policies(for: type, wire: type == .quorum ? .quorum : .classic, on: premises.version)
            .compactMap { premises.conflict(for: $0) }
    }

    /// Why the store could not be declared, or not be relied on.
    ///
    /// - Parameter existing: the store that is there.
    package func storeFaults(existing: QueueDetails?, _ premises: Premises) -> [TopologyError] {
        let type = route.standby.type
        var faults: [TopologyError] = []
        if let existing, existing.totals.type != type.rawValue {
            faults.append(
                TopologyError(
                    .inequivalent,
                    "store '\(names.standby)' is of type \(existing.totals.type), and standby.type is \(type.rawValue): "
                        + "the type of a store can't be changed",
                    hint: "set standby.type to \(existing.totals.type); or delete the store, which gives up what it "
                        + "retains, so that it is created again",
                    object: names.standby
                )
            )
        }
        let definition = StoreLimits(standby: route.standby, retention: .atStart(route.standby)).definition
        let policy = OwnPolicy(object: names.standby, queueType: type, definition: definition)
        return faults + (premises.conflict(for: policy).map { [$0] } ?? [])
    }

    /// The names of the queues that the route and its promotion declare on a site, where they are not there.
    package var queues: [String] { [names.capture, names.gap, names.standby, names.cursor, names.quarantine] }

    /// The name of an argument that an existing queue has in another way than it would be declared with.
    private static func difference(_ existing: QueueDetails, _ declared: [String: JSONValue]) -> String? {
        let arguments = existing.totals.arguments
        return declared.sorted { $0.key < $1.key }.first { name, value in
            // The type is told apart from the arguments, and what marks an object as this one is no difference.
            guard name != "x-queue-type", !name.hasPrefix("x-ropeway-") else { return false }
            return arguments[name] != value
        }?.key
    }
}

extension FieldTable {
    /// Its texts, whole numbers and truth values, as the management API shows them.
    fileprivate var scalars: [String: JSONValue] {
        var values: [String: JSONValue] = [:]
        for entry in fields {
            switch entry.value {
            case .longString(let bytes): values[entry.name] = .string(String(decoding: bytes, as: UTF8.self))
            case .boolean(let flag): values[entry.name] = .bool(flag)
            case .int64(let number): values[entry.name] = .integer(number)
            case .int32(let number): values[entry.name] = .integer(Int64(number))
            default: continue
            }
        }
        return values
    }
}

extension ExchangeGraph {
    /// The bindings of the exchange that take messages to queues which another one of the same type takes to none, by
    /// whatever way; empty where the type is not one that can be captured.
    package func bindings(uncoveredBy other: ExchangeGraph) -> [Management.Binding] {
        guard let place = places[root], let type = CapturableExchange(rawValue: place.type) else { return [] }
        let covering = other.bindings.map { CaptureBinding($0).reduced(for: type) }
        let taken = other.demand(of: other.root)
        return bindings.filter { binding in
            if let isTaken = taken.covers(demand(of: binding)) { return !isTaken }
            // By the bindings of the exchange itself, where it takes more than the routing key to tell.
            let reduced = CaptureBinding(binding).reduced(for: type)
            return !covering.contains { $0.covers(reduced, in: type) }
        }
    }
}
