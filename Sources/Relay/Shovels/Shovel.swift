import AMQP
import Foundation
import Logging
import NIOConcurrencyHelpers
import Pump
import RopewayConfiguration

/// One shovel: moves the messages of a queue or an exchange to a queue or an exchange.
public final class Shovel: Sendable {
    public let configuration: ShovelConfiguration
    private let pump: MessagePump
    private let rates = NIOLockedValueBox(RateMeter())
    private let isDone = NIOLockedValueBox(false)
    private let dating = NIOLockedValueBox(ErrorDating())
    private let past: PumpCounters
    private let logger: Logger

    /// - Parameter past: what a shovel of this name did before it was changed.
    public init(
        pair: String,
        _ configuration: ShovelConfiguration,
        from source: Site,
        to destination: Site,
        continuing past: PumpCounters = PumpCounters(),
        logger: Logger
    ) throws {
        self.configuration = configuration
        self.past = past
        var logger = logger
        logger[metadataKey: "shovel"] = "\(configuration.name)"
        self.logger = logger
        let title = "ropeway \(pair) \(configuration.name)"
        let names = ObjectNames(pair: pair, route: configuration.name)
        let topology = ShovelTopology(configuration: configuration, names: names)
        let path = NIOLockedValueBox(ShovelPath())
        let consumerArguments = FieldTable(configuration.source.consumerArguments)
        pump = MessagePump(
            name: configuration.name,
            source: PumpSource(
                connection: { try source.connection(name: title, for: .consuming) },
                queue: topology.sourceQueue,
                consumerTag: configuration.source.consumerTag,
                end: { try await topology.end(on: $0) },
                consumerArguments: { consumerArguments },
                prepare: { connection in
                    try await topology.prepareSource(on: connection)
                    path.withLockedValue {
                        $0.cluster = connection.serverProperties["cluster_name"]?.stringValue
                        $0.source = ShovelPath.address(of: connection, virtualHost: source.virtualHost)
                    }
                }
            ),
            destination: PumpDestination(
                connection: { try destination.connection(name: title, for: .publishing) },
                route: try Self.route(configuration.destination.target),
                prepare: { connection in
                    try await topology.prepareDestination(on: connection)
                    path.withLockedValue {
                        $0.destination = ShovelPath.address(of: connection, virtualHost: destination.virtualHost)
                    }
                }
            ),
            quarantine: source.quarantine(names, connectionName: "\(title) quarantine"),
            limits: PumpLimits(
                prefetch: UInt16(clamping: configuration.prefetchCount),
                inFlight: configuration.prefetchCount,
                rate: configuration.rate,
                byteRate: configuration.byteRate
            ),
            acknowledgement: Self.acknowledgement(configuration.acknowledgement),
            logger: logger
        ) { _ in
            ShovelTransform(edits: Self.edits(configuration, path.withLockedValue { $0 }))
        }
    }

    private static func route(_ target: ShovelConfiguration.Target) throws(WireError) -> PublishRoute {
        switch target {
        case .queue(let queue): try PublishRoute(exchange: "", routingKey: queue)
        case .exchange(let name, let key): try PublishRoute(exchange: name, routingKey: key)
        }
    }

    private static func acknowledgement(_ mode: ShovelConfiguration.AcknowledgementMode) -> AcknowledgementMode {
        switch mode {
        case .onConfirm: .onConfirm
        case .onPublish: .onPublish
        case .noAck: .noAcknowledgement
        }
    }

    private static func edits(_ configuration: ShovelConfiguration, _ path: ShovelPath) -> ShovelEdits? {
        let destination = configuration.destination
        guard !destination.properties.isEmpty || destination.addsForwardHeaders || destination.addsTimestampHeader
        else {
            return nil
        }
        return ShovelEdits(
            properties: destination.properties,
            hop: destination.addsForwardHeaders ? path.hop(configuration) : nil,
            addsTimestamp: destination.addsTimestampHeader
        )
    }

    /// Moves messages until the shovel is done, or the task is cancelled: what is on its way is settled first.
    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { if await self.pump.run() == .finished { self.isDone.withLockedValue { $0 = true } } }
            if case .duration(let duration) = configuration.source.deleteAfter {
                group.addTask {
                    guard (try? await Task.sleep(for: duration)) != nil else { return }
                    self.isDone.withLockedValue { $0 = true }
                }
            }
            group.addTask { await self.measure() }
            // The first to end is never the one that measures.
            await group.next()
            group.cancelAll()
        }
    }

    /// What is wrong with the shovel, by its status.
    public func error(_ status: PumpStatus) -> RouteError? {
        let place =
            switch configuration.destination.target {
            case .queue(let queue): "queue '\(queue)'"
            case .exchange(let name, _): name.map { "exchange '\($0)'" } ?? "the messages' own exchanges"
            }
        let error = RouteError(status, publishingTo: "\(place) of site '\(configuration.destination.site)'")
        return dating.withLockedValue { $0.dated(error, now: Date()) }
    }

    private func measure() async {
        var lastObstacle: String?
        while !Task.isCancelled {
            let status = await pump.status()
            let counters = status.counters
            rates.withLockedValue { $0.sample(at: .now, in: counters.received, out: counters.moved) }
            var obstacle: RouteError?
            if case .blocked = status.phase { obstacle = error(status) }
            if let obstacle, obstacle.code != lastObstacle {
                logger.warning(
                    "the shovel waits",
                    metadata: ["error": "\(obstacle.message)", "hint": "\(obstacle.hint)"]
                )
            }
            lastObstacle = obstacle?.code
            try? await Task.sleep(for: .seconds(1))
        }
    }

    public func pause() { pump.pause() }
    public func resume() { pump.resume() }

    /// What the shovel does at this moment, with what it did before it was changed, and messages a second in and out.
    public func status() async -> (pump: PumpStatus, isDone: Bool, rateIn: Double?, rateOut: Double?) {
        var status = await pump.status()
        status.counters = past + status.counters
        let rates = rates.withLockedValue { $0 }
        return (status, isDone.withLockedValue { $0 }, rates.rateIn, rates.rateOut)
    }
}
