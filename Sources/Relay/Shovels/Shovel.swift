import AMQP
import Foundation
import Logging
import NIOConcurrencyHelpers
import Pump
import RopewayConfiguration

/// One shovel: moves the messages of a queue to a queue or an exchange, as they came.
public final class Shovel: Sendable {
    public let configuration: ShovelConfiguration
    private let pump: MessagePump
    private let rates = NIOLockedValueBox(RateMeter())

    public init(
        pair: String,
        _ configuration: ShovelConfiguration,
        from source: Site,
        to destination: Site,
        logger: Logger
    ) throws {
        self.configuration = configuration
        var logger = logger
        logger[metadataKey: "shovel"] = "\(configuration.name)"
        let title = "ropeway \(pair) \(configuration.name)"
        let names = ObjectNames(pair: pair, route: configuration.name)
        let route: PublishRoute
        switch configuration.destination.target {
        case .queue(let queue): route = try PublishRoute(exchange: "", routingKey: queue)
        case .exchange(let name, let key): route = try PublishRoute(exchange: name, routingKey: key)
        }
        let limit = UInt16(clamping: configuration.prefetchCount)
        pump = MessagePump(
            name: configuration.name,
            source: PumpSource(
                connection: { try source.connection(name: title, for: .consuming) },
                queue: configuration.source.queue
            ),
            destination: PumpDestination(
                connection: { try destination.connection(name: title, for: .publishing) },
                route: route
            ),
            quarantine: source.quarantine(names, connectionName: "\(title) quarantine"),
            limits: PumpLimits(prefetch: limit, inFlight: Int(limit)),
            logger: logger
        ) { _ in
            ShovelTransform()
        }
    }

    /// Moves messages until the task is cancelled.
    public func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { _ = await self.pump.run() }
            group.addTask {
                while !Task.isCancelled {
                    let status = await self.pump.status()
                    self.rates.withLockedValue {
                        $0.sample(at: .now, in: status.counters.received, out: status.counters.confirmed)
                    }
                    try? await Task.sleep(for: .seconds(1))
                }
            }
        }
    }

    public func pause() { pump.pause() }
    public func resume() { pump.resume() }

    /// What the shovel does at this moment, and messages a second in and out.
    public func status() async -> (pump: PumpStatus, rateIn: Double?, rateOut: Double?) {
        let status = await pump.status()
        let rates = rates.withLockedValue { $0 }
        return (status, rates.rateIn, rates.rateOut)
    }
}

/// Moves messages as they came, apart from what would make the destination refuse them or what the broker added.
final class ShovelTransform: MessageTransform {
    private let rewriter: PropertyRewriter

    init() {
        var rewriter = PropertyRewriter { raw, name in
            raw.equals(name, "x-delivery-count") || raw.equals(name, "x-acquired-count")
                || raw.equals(name, "x-stream-offset")
        }
        rewriter.clearsUserID = true
        self.rewriter = rewriter
    }

    func disposition(of batch: DeliveryBatch, at index: Int, slot: UInt64) -> Disposition {
        do {
            let (layout, needsEdit) = try batch.withRawProperties(at: index) { raw throws(WireError) in
                let layout = try PropertyLayout(raw)
                if layout.has(BasicProperties.Flag.userID) { return (layout, true) }
                var headers = RawHeaders(raw, layout: layout)
                while let header = try headers.next() {
                    if rewriter.dropsHeader(raw, header.name) { return (layout, true) }
                }
                return (layout, false)
            }
            return needsEdit ? .rewrite(rewriter, layout, properties: nil) : .publish
        } catch {
            return .quarantine(.malformed("\(error)"))
        }
    }
}
