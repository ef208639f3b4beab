import AMQP
import Management
import RopewayConfiguration

/// What a route's capture and its tripwire are declared with.
struct CaptureDeclaration: Sendable {
    let names: ObjectNames
    let route: RouteConfiguration

    /// - Throws: ``TopologyError`` where a capture of this type can't be, or can't be beside the one that exists.
    func validate(_ type: RouteConfiguration.QueueType, existing: QueueDetails?) throws(TopologyError) {
        guard type != .stream else {
            throw TopologyError(
                .notSupported,
                "this version of Ropeway has no stream captures",
                hint: "set capture.type of route '\(route.name)' to quorum or classic, or leave it out",
                object: names.capture
            )
        }
        if let existing, existing.totals.type != type.rawValue {
            throw TopologyError(
                .inequivalent,
                "queue '\(names.capture)' is of type \(existing.totals.type), and capture.type of route '\(route.name)' "
                    + "is \(type.rawValue): the type of a queue can't be changed",
                hint:
                    "set capture.type to \(existing.totals.type), or drain and delete the queue so that it is created again",
                object: names.capture
            )
        }
    }

    /// What can't be changed later. The dead-letter exchange is here, where no policy of others can override it.
    func arguments(for type: RouteConfiguration.QueueType) -> FieldTable {
        let wire = GapWire(names: names)
        var arguments: FieldTable = [
            "x-queue-type": .string(type.rawValue),
            "x-single-active-consumer": true,
            // A policy that makes a full queue refuse would hold up the publishers of the active site.
            "x-overflow": "drop-head",
            "x-dead-letter-exchange": .string(wire.filter),
            "x-dead-letter-routing-key": .string(wire.queue),
            Incarnation.key: .string(Incarnation.fresh()),
        ]
        if type == .quorum { arguments["x-delivery-limit"] = .int64(PolicyHarm.unlimitedDeliveries) }
        return arguments
    }

    func policies(
        for type: RouteConfiguration.QueueType,
        wire wireType: RouteConfiguration.QueueType,
        on version: BrokerVersion
    ) -> [OwnPolicy] {
        let wire = GapWire(names: names)
        var definition = ClassicQueueMode.definition(for: type, on: version)
        definition["max-length-bytes"] = .integer(Int64(route.capture.maxLengthBytes))
        definition["overflow"] = "drop-head"
        definition.merge(ConsumptionPolicy.definition(for: type, on: version)) { limit, _ in limit }
        return [
            OwnPolicy(
                object: names.capture,
                queueType: type,
                definition: definition,
                newerKeys: ConsumptionPolicy.keys
            ),
            OwnPolicy(
                object: wire.queue,
                queueType: wireType,
                definition: GapWire.definition(for: wireType)
                    .merging(ConsumptionPolicy.definition(for: wireType, on: version)) { limit, _ in limit },
                newerKeys: ConsumptionPolicy.keys,
                // Its one message is all that it is to hold.
                toleratedLimits: ["max-length-bytes": 1],
                namesWithExchanges: OwnPolicy.escaped(wire.queue) + OwnPolicy.filter
            ),
        ]
    }
}
