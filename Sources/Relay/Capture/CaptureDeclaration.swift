import AMQP
import Management
import RopewayConfiguration

/// What a route's capture and its tripwire are declared with.
struct CaptureDeclaration: Sendable {
    let names: ObjectNames
    let route: RouteConfiguration

    /// - Throws: ``TopologyError`` where a capture of this type can't be, or can't be beside the one that exists.
    func validate(_ type: RouteConfiguration.QueueType, existing: QueueDetails?) throws(TopologyError) {
        guard type != .stream || route.copiesStream else {
            throw TopologyError(
                .inequivalent,
                "'\(names.capture)' is a stream, and capture.type of route '\(route.name)' does not say so",
                hint:
                    "set capture.type to stream, or delete the stream once it is relayed, so that it is created again",
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
    func arguments(for type: RouteConfiguration.QueueType, existing: QueueDetails? = nil) -> FieldTable {
        if type == .stream { return streamArguments(existing: existing) }
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

    private func streamArguments(existing: QueueDetails?) -> FieldTable {
        // Fixed when the stream was made; only the policy follows the configuration later.
        let size = existing?.totals.arguments["x-stream-max-segment-size-bytes"]?.integer
        return [
            "x-queue-type": .string(RouteConfiguration.QueueType.stream.rawValue),
            "x-stream-max-segment-size-bytes": .int64(
                size ?? Int64(Self.segmentBytes(of: route.capture.maxLengthBytes))
            ),
            Incarnation.key: .string(Incarnation.fresh()),
        ]
    }

    /// A broker drops whole segments, and always keeps one: they are small against what the stream may hold.
    static func segmentBytes(of maxLengthBytes: Int) -> Int {
        let range = StoreLimits.segmentRange
        return min(max(maxLengthBytes / 20, range.lowerBound), range.upperBound)
    }

    func policies(
        for type: RouteConfiguration.QueueType,
        wire wireType: RouteConfiguration.QueueType,
        on version: BrokerVersion
    ) -> [OwnPolicy] {
        if type == .stream {
            let limit = JSONValue.integer(Int64(route.capture.maxLengthBytes))
            return [OwnPolicy(object: names.capture, queueType: type, definition: ["max-length-bytes": limit])]
        }
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
