import AMQP
import Pump
import RabbitStream
import RopewayConfiguration
import Waiting

/// The two ends of a shovel as its pump has them, and what they learn of each other.
struct ShovelEnds: Sendable {
    private let configuration: ShovelConfiguration
    private let names: ObjectNames
    private let source: Site
    private let destination: Site
    private let topology: ShovelTopology
    private let title: String
    /// Where messages go from and to, as the last connections told.
    private let path = Locked(ShovelPath())

    init(_ configuration: ShovelConfiguration, _ names: ObjectNames, from source: Site, to destination: Site) {
        self.configuration = configuration
        self.names = names
        self.source = source
        self.destination = destination
        topology = ShovelTopology(configuration: configuration, names: names)
        title = "ropeway \(names.pair) \(configuration.name)"
    }

    /// Where messages come from.
    ///
    /// - Parameters:
    ///   - remaining: after how many messages it ends, where that is known from before.
    ///   - tell: told of what is missing from a stream.
    func origin(remaining: UInt64?, tell: @escaping @Sendable (ChunkCopyIncident) -> Void) -> PumpOrigin {
        guard case .stream(let stream, let offset) = configuration.source.origin else {
            return .queue(pumpSource(remaining: remaining))
        }
        let (source, path, title) = (source, path, title)
        return .stream(
            PumpStreamSource(
                connection: { try source.streamConnection(name: title) },
                stream: stream,
                start: { OffsetSpecification(offset) },
                reference: "\(StreamShovelEnds.reference(names, configuration)).position",
                prepare: { connection in
                    path.withLock {
                        $0.virtualHost = source.virtualHost
                        $0.cluster = connection.serverProperties["cluster_name"]
                        $0.source = ShovelPath.address(of: connection, virtualHost: source.virtualHost)
                    }
                },
                tell: tell
            )
        )
    }

    /// Where messages go.
    func target() throws(WireError) -> PumpTarget {
        guard case .stream(let stream) = configuration.destination.target else {
            return .exchange(try pumpDestination())
        }
        let (destination, path, title) = (destination, path, title)
        return .stream(
            ChunkEnd(
                connection: { try destination.streamConnection(name: title) },
                stream: stream,
                prepare: { connection in
                    path.withLock {
                        $0.destination = ShovelPath.address(of: connection, virtualHost: destination.virtualHost)
                    }
                }
            )
        )
    }

    private func pumpSource(remaining: UInt64?) -> PumpSource {
        let (configuration, source, topology, path, title) = (configuration, source, topology, path, title)
        let consumerArguments = FieldTable(configuration.source.consumerArguments)
        return PumpSource(
            connection: { try source.connection(name: title, for: .consuming) },
            queue: topology.sourceQueue,
            consumerTag: configuration.source.consumerTag,
            end: { connection in
                if let remaining { return remaining }
                return try await topology.end(on: connection)
            },
            consumerArguments: { consumerArguments },
            prepare: { connection in
                try await topology.prepareSource(on: connection)
                if configuration.acknowledgement == .noAck {
                    try await source.refuseStream(topology.sourceQueue, on: connection)
                }
                path.withLock {
                    $0.virtualHost = source.virtualHost
                    $0.cluster = connection.serverProperties["cluster_name"]?.stringValue
                    $0.source = ShovelPath.address(of: connection, virtualHost: source.virtualHost)
                }
            }
        )
    }

    private func pumpDestination() throws(WireError) -> PumpDestination {
        let (destination, topology, path, title) = (destination, topology, path, title)
        return PumpDestination(
            connection: { try destination.connection(name: title, for: .publishing) },
            route: try Self.route(configuration.destination.target),
            returns: Self.returns(configuration.destination),
            prepare: { connection in
                try await topology.prepareDestination(on: connection)
                path.withLock {
                    $0.destination = ShovelPath.address(of: connection, virtualHost: destination.virtualHost)
                }
            }
        )
    }

    var quarantine: PumpQuarantine { source.quarantine(names, connectionName: "\(title) quarantine") }

    /// How messages are put back; `nil` where the source is no quarantine.
    var quarantineReturn: QuarantineReturn? {
        guard configuration.source.quarantined != nil else { return nil }
        switch configuration.destination.target {
        case .queue(let queue): return QuarantineReturn(exchange: "", routingKey: queue)
        // A stream keeps what they were published to.
        case .stream: return QuarantineReturn(exchange: nil, routingKey: nil)
        case .exchange(let name, let key): return QuarantineReturn(exchange: name, routingKey: key)
        }
    }

    /// What is changed about the messages; `nil` where that is nothing.
    var edits: ShovelEdits? {
        let target = configuration.destination
        guard !target.properties.isEmpty || target.addsForwardHeaders || target.addsTimestampHeader else { return nil }
        let path = path.withLock { $0 }
        return ShovelEdits(
            properties: target.properties,
            hop: target.addsForwardHeaders ? path.hop(configuration) : nil,
            addsTimestamp: target.addsTimestampHeader
        )
    }

    private static func route(_ target: ShovelConfiguration.Target) throws(WireError) -> PublishRoute {
        switch target {
        case .queue(let queue), .stream(let queue): try PublishRoute(exchange: "", routingKey: queue)
        case .exchange(let name, let key): try PublishRoute(exchange: name, routingKey: key)
        }
    }

    /// A queue is reached whatever the message: one that comes back says that the queue is not there.
    private static func returns(_ destination: ShovelConfiguration.Destination) -> ReturnPolicy {
        switch destination.target {
        case .queue, .stream: .missing(place(of: destination))
        case .exchange: .quarantine
        }
    }

    static func place(of destination: ShovelConfiguration.Destination) -> String {
        let object =
            switch destination.target {
            case .queue(let queue): "queue '\(queue)'"
            case .stream(let stream): "stream '\(stream)'"
            case .exchange(let name, _): name.map { "exchange '\($0)'" } ?? "the messages' own exchanges"
            }
        return "\(object) of site '\(destination.site)'"
    }
}
