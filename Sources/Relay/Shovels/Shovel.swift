import AMQP
import ErrorCodes
import Foundation
import Logging
import Pump
import RopewayConfiguration
import Waiting

/// One shovel: moves the messages of a queue, an exchange or a stream to a queue, an exchange or a stream.
package final class Shovel: Sendable {
    package let configuration: ShovelConfiguration
    private let pump: any RunningPump
    private let rates = Locked(RateMeter())
    private let done = Locked(false)
    /// When it was begun.
    private let begun = Locked<Date?>(nil)
    private let stay = Locked(StateStay())
    /// Where it publishes, for errors.
    private let place: String
    private let quarantineQueue: String
    private let dating = Locked(ErrorDating())
    /// What is missing from the copy of a stream, until the shovel is started again.
    private let incident = Locked<RouteError?>(nil)
    private let past: ShovelProgress
    private let logger: Logger

    /// - Parameter past: how far a shovel of this name came before: what ends the shovel goes on from there.
    package init(
        pair: String,
        _ configuration: ShovelConfiguration,
        from source: Site,
        to destination: Site,
        continuing past: ShovelProgress = .none,
        isPaused: Bool = false,
        logger: Logger
    ) throws {
        self.configuration = configuration
        let past = past.followed(by: configuration)
        self.past = past
        place = ShovelEnds.place(of: configuration.destination)
        var logger = logger
        logger[metadataKey: "shovel"] = "\(configuration.name)"
        self.logger = logger
        let names = ObjectNames(pair: pair, route: configuration.name)
        quarantineQueue = names.quarantine
        if let streams = StreamShovelEnds(configuration, names, from: source, to: destination) {
            pump = Self.chunkPump(configuration, streams, incident: incident, isPaused: isPaused, logger: logger)
            return
        }
        let ends = ShovelEnds(configuration, names, from: source, to: destination)
        pump = MessagePump(
            name: configuration.name,
            from: ends.origin(remaining: past.remaining) { [incident] found in
                incident.withLock { $0 = RouteError(found, since: Date()) }
            },
            to: try ends.target(),
            quarantine: ends.quarantine,
            limits: PumpLimits(
                prefetch: UInt16(clamping: configuration.prefetchCount),
                inFlight: configuration.prefetchCount,
                rate: configuration.rate,
                byteRate: configuration.byteRate
            ),
            acknowledgement: Self.acknowledgement(configuration.acknowledgement),
            isPaused: isPaused,
            logger: logger
        ) { _ in
            ShovelTransform(edits: ends.edits, quarantine: ends.quarantineReturn)
        }
    }

    private static func chunkPump(
        _ configuration: ShovelConfiguration,
        _ ends: StreamShovelEnds,
        incident: Locked<RouteError?>,
        isPaused: Bool,
        logger: Logger
    ) -> ChunkPump {
        ChunkPump(
            name: configuration.name,
            source: ends.source,
            destination: ends.destination,
            reference: ends.reference,
            start: ends.start,
            notesPlaces: true,
            limits: ChunkLimits(rate: configuration.rate, byteRate: configuration.byteRate),
            isPaused: isPaused,
            logger: logger
        ) { found in
            incident.withLock { $0 = RouteError(found, since: Date()) }
        }
    }

    private static func acknowledgement(_ mode: ShovelConfiguration.AcknowledgementMode) -> AcknowledgementMode {
        switch mode {
        case .onConfirm: .onConfirm
        case .onPublish: .onPublish
        case .noAck: .noAcknowledgement
        }
    }

    /// Moves messages until the shovel is done, or the task is cancelled: what is on its way is settled first.
    package func run() async {
        begun.withLock { $0 = past.begun ?? Date() }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { if await self.pump.run() == .finished { self.done.withLock { $0 = true } } }
            if let ends {
                group.addTask {
                    guard (try? await Task.sleep(for: .seconds(max(0, ends.timeIntervalSinceNow)))) != nil else {
                        return
                    }
                    self.done.withLock { $0 = true }
                }
            }
            group.addTask { await self.measure() }
            // The first to end is never the one that measures.
            await group.next()
            group.cancelAll()
        }
    }

    /// Whether it has moved what it was to move.
    package var isDone: Bool { done.withLock { $0 } }

    /// When it will be done by time, once it was begun; `nil` where no time ends it.
    package var ends: Date? {
        guard case .duration(let duration) = configuration.source.deleteAfter else { return nil }
        return begun.withLock { $0 }?.addingTimeInterval(Double(duration.components.seconds))
    }

    /// What is wrong with the shovel, by its status.
    package func error(_ status: PumpStatus) -> RouteError? {
        let error = RouteError(status, publishingTo: place) ?? unroutable(status) ?? incident.withLock { $0 }
        return dating.withLock { $0.dated(error, now: Date()) }
    }

    /// So many messages that are returned one after the other are no accident of one message.
    private static let runOfReturns = 10

    private func unroutable(_ status: PumpStatus) -> RouteError? {
        guard let run = status.returns, run.count >= Self.runOfReturns else { return nil }
        return RouteError(
            code: .unroutable,
            message: "\(place) routes nothing: the last \(run.count) messages were returned (\(run.replyText))",
            hint: "bind a queue, or correct the key; the messages are in '\(quarantineQueue)' on the source's site",
            since: Date(timeIntervalSince1970: Double(run.since) / 1000)
        )
    }

    private func measure() async {
        var lastObstacle: ErrorCode?
        while !Task.isCancelled {
            let status = await pump.status()
            let counters = status.counters
            rates.withLock { $0.sample(at: .now, in: counters.received, out: counters.moved) }
            _ = since(status)
            let obstacle: RouteError?
            switch status.phase {
            case .blocked: obstacle = error(status)
            case .running: obstacle = unroutable(status)
            case .idle, .connecting, .waiting, .paused, .finished: obstacle = nil
            }
            if let obstacle, obstacle.code != lastObstacle {
                logger.warning(
                    status.phase == .running ? "the shovel has trouble" : "the shovel waits",
                    metadata: ["error": "\(obstacle.message)", "hint": "\(obstacle.hint)"]
                )
            }
            lastObstacle = obstacle?.code
            try? await Task.sleep(for: .seconds(1))
        }
    }

    /// Since when the shovel does what it does, as far as it was looked at.
    private func since(_ status: PumpStatus) -> Date {
        let state: StateStay.State =
            switch status.phase {
            case _ where isDone: .completed
            case .idle, .connecting, .waiting: .connecting
            case .running, .finished: .running
            case .blocked: .blocked
            case .paused: .paused
            }
        return stay.withLock { $0.since(state, now: Date()) }
    }

    package func pause() async { await pump.pause() }
    package func resume() async { await pump.resume() }

    /// A shovel at one moment.
    package struct Snapshot: Sendable {
        /// With what it did before it was changed.
        package var pump: PumpStatus
        package var isDone: Bool
        /// Since when it does what it does.
        package var since: Date
        /// When it will be done by time.
        package var ends: Date?
        /// Messages a second.
        package var rateIn: Double?
        package var rateOut: Double?
    }

    /// How far it came, once it has ended.
    package func progress() async -> ShovelProgress {
        let status = await status().pump
        return ShovelProgress(
            counters: status.counters,
            begun: begun.withLock { $0 },
            remaining: status.remaining,
            source: configuration.source
        )
    }

    /// What the shovel does at this moment.
    package func status() async -> Snapshot {
        var status = await pump.status()
        status.counters = past.counters + status.counters
        let rates = rates.withLock { $0 }
        return Snapshot(
            pump: status,
            isDone: isDone,
            since: since(status),
            ends: ends,
            rateIn: rates.rateIn(at: .now),
            rateOut: rates.rateOut(at: .now)
        )
    }
}
