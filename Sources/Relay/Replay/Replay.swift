import AMQP
import Logging
import Management
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Pump
import RopewayConfiguration
import Transport

/// The replay of one route on the promoted site: standby store → the same exchange.
///
/// It can be killed and run again: a stream goes on behind its cursor, a queue with what is left in it. What is repeated
/// then is at most what was in flight and one interval of the cursor.
public final class Replay: Sendable {
    /// What a replay takes, fixed for the whole operation.
    public struct Plan: Sendable, Hashable, Codable {
        /// What the stream holds; `nil` for a queue, which is replayed until it is empty.
        public var contents: StreamContents?
        /// Messages ready in the queue when the replay was planned; `nil` for a stream.
        public var depth: Int?

        public init(contents: StreamContents?, depth: Int?) {
            self.contents = contents
            self.depth = depth
        }
    }

    public struct Progress: Sendable, Hashable {
        /// Messages that the site confirmed, each counted once, by all runs of the operation; `nil` where that is not
        /// known, as of a queue whose messages an earlier run took.
        public var replayed: UInt64?
        /// Messages left out as too old; `nil` where that is not known.
        public var expired: UInt64?
        /// Messages that went into quarantine, each counted once, by all runs; `nil` where that is not known.
        public var quarantined: UInt64?
        /// Messages that the site confirmed in this run, repeats included.
        public var confirmed: UInt64 = 0
        /// Messages still to come, where that is known.
        public var remaining: Int?
        /// Why it does not go on at the moment.
        public var error: String?
    }

    private struct State {
        var pump: MessagePump?
        /// What earlier runs had done, and whether there were any.
        var base = ReplayCursor(operation: "")
        var isResumed = false
        var position: Int64?
        /// What this run has done with the messages up to the position.
        var tally = ReplayTally()
        var plan: Plan?
        var ready: Int?
    }

    public let route: RouteConfiguration
    private let site: Site
    private let names: ObjectNames
    private let operation: String
    private let epoch: Int
    private let cut: Int64?
    private let logger: Logger
    private let eventLoop: any EventLoop
    private let state = NIOLockedValueBox(State())

    /// - Parameters:
    ///   - epoch: the epoch that the messages were relayed in.
    ///   - cut: the instant that ages are measured against: milliseconds since 1970. Where it is not known, the newest
    ///     message of a stream stands for it, which makes ages smaller; in a queue nothing expires then.
    public init(
        pair: String,
        route: RouteConfiguration,
        site: Site,
        operation: String,
        epoch: Int,
        cut: Int64?,
        logger: Logger
    ) {
        self.route = route
        self.site = site
        self.operation = operation
        self.epoch = epoch
        self.cut = cut
        self.logger = logger
        names = ObjectNames(pair: pair, route: route.name)
        eventLoop = NIOSingletons.posixEventLoopGroup.next()
    }

    private var isStream: Bool { route.standby.type == .stream }

    /// Seals the store and counts what is in it. The result is to be kept in the pair's record, so that a replay that is
    /// resumed takes the same messages.
    ///
    /// - Returns: `nil` where there is no store: nothing was ever relayed.
    public func plan() async throws -> Plan? {
        let store = try await site.management.queue(names.standby, virtualHost: site.virtualHost)
        guard store != nil else { return nil }
        return try await withControlConnection { connection in
            let channel = try await connection.openChannel()
            guard isStream else {
                let (_, messages, _) = try await channel.declareQueue(names.standby, passive: true)
                return Plan(contents: nil, depth: messages)
            }
            try await channel.selectConfirms()
            let seal = BasicProperties(
                headers: [EnvelopeHeaders.seal: .string(operation)],
                deliveryMode: 2
            )
            let result = try await channel.publish(
                ByteBuffer(),
                properties: seal,
                // The exchange of the ended epoch is closed. The seal has no header by which the default exchange would
                // send copies elsewhere.
                exchange: "",
                routingKey: names.standby,
                mandatory: true
            )
            guard result == .confirmed else {
                throw AMQPError(.closedByBroker, reason: "the standby store '\(names.standby)' did not take the seal")
            }
            let contents = try await StreamSurvey.contents(
                of: names.standby,
                on: connection,
                epoch: epoch,
                seal: operation,
                maximum: route.standby.maxLength
            )
            return Plan(contents: contents, depth: nil)
        }
    }

    /// Replays what the plan says, from where an earlier run of the same operation stopped.
    ///
    /// - Returns: what was replayed in all runs of the operation.
    /// - Throws: where the broker does not let it begin, or a permission is missing, ``TopologyError`` then; losing the
    ///   broker later is waited out. Cancelling the task stops the replay in good order.
    public func run(_ plan: Plan) async throws -> Progress {
        let isInternal = try await site.management.exchange(route.exchange, virtualHost: site.virtualHost)?.isInternal
        let cursors = CursorQueue(name: names.cursor)
        try await withControlConnection { connection in
            let channel = try await connection.openChannel()
            try await channel.declareExchange(route.exchange, passive: true)
            if isInternal == true {
                try await channel.declareExchange(names.replay, type: "fanout")
                try await channel.bindExchange(route.exchange, to: names.replay)
            }
            try await cursors.prepare(on: channel)
            try await channel.selectConfirms()
            let known = try await cursors.read(on: channel).flatMap { $0.operation == operation ? $0 : nil }
            let base = known ?? ReplayCursor(operation: operation)
            // That a run began is all that the next one can learn of a queue, whose messages go as they are replayed.
            if !isStream, known == nil { try await cursors.write(base, on: channel) }
            let pump = try makePump(exchange: isInternal == true ? names.replay : route.exchange, plan)
            state.withLockedValue {
                $0.base = base
                $0.isResumed = known != nil
                $0.position = base.offset
                $0.plan = plan
                $0.pump = pump
                $0.ready = plan.depth
            }
            do {
                try await work(pump, cursors, channel, connection)
            } catch {
                if isStream { await leaveCursor(cursors, on: channel, connection) }
                throw error
            }
            if isStream {
                if Task.isCancelled {
                    await leaveCursor(cursors, on: channel, connection)
                } else {
                    try await writeCursor(cursors, on: channel)
                }
            }
        }
        try Task.checkCancellation()
        return await progress()
    }

    private func work(
        _ pump: MessagePump,
        _ cursors: CursorQueue,
        _ channel: AMQPChannel,
        _ connection: AMQPConnection
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.watchForRefusal(of: pump) }
            if isStream {
                group.addTask { try await self.keepCursor(cursors, on: channel) }
                group.addTask { _ = await pump.run() }
            } else {
                group.addTask { try await self.empty(pump, on: connection) }
            }
            try await group.next()
            group.cancelAll()
        }
    }

    /// Replays a queue until nothing is left in it.
    ///
    /// That it looks empty is not enough: a large message may be on its way for long, neither in the queue any more nor
    /// here. So the consumer is ended and what it was sent is settled before the queue is believed.
    private func empty(_ pump: MessagePump, on connection: AMQPConnection) async throws {
        while true {
            try await withThrowingTaskGroup(of: Bool.self) { group in
                group.addTask {
                    _ = await pump.run()
                    return true
                }
                group.addTask {
                    try await self.waitUntilEmpty(on: connection)
                    pump.finish()
                    return false
                }
                while let hasEnded = try await group.next(), !hasEnded {}
                group.cancelAll()
            }
            try Task.checkCancellation()
            let channel = try await connection.openChannel()
            let rest = try await channel.get(names.standby)
            // Closing gives it back.
            try await channel.close()
            if rest == nil { return }
        }
    }

    /// Ends a replay that lacks a permission: it would begin anew without end, and nobody would be told.
    private func watchForRefusal(of pump: MessagePump) async throws {
        while true {
            try await Task.sleep(for: .milliseconds(200))
            if let refusal = await pump.status().error?.refusal(route.exchange, site) { throw refusal }
        }
    }

    /// Where the replay stands.
    public func progress() async -> Progress {
        let state = state.withLockedValue { $0 }
        var progress = Progress()
        guard let pump = state.pump, let plan = state.plan else { return progress }
        let status = await pump.status()
        progress.confirmed = status.counters.confirmed
        progress.error = status.error.map { "\($0)" }
        if isStream {
            let cursor = cursor(state)
            progress.replayed = cursor.replayed
            progress.quarantined = cursor.quarantined
            progress.expired = cursor.expired
        } else if !state.isResumed, status.sessions <= 1 {
            // A later session gets again what was confirmed and not acknowledged, and can't tell it from the rest.
            progress.replayed = status.counters.confirmed
            progress.quarantined = status.counters.quarantined
            progress.expired = status.counters.expired
        }
        if status.phase == .finished {
            progress.remaining = 0
        } else if let contents = plan.contents {
            // Offsets have holes where segments rolled, and each message has one: the smaller number is the better.
            let cursor = cursor(state)
            let done = cursor.replayed + cursor.quarantined + cursor.expired
            let byOffset = Int(contents.sealOffset - (state.position ?? -1) - 1)
            progress.remaining = max(0, min(byOffset, contents.messages - Int(min(done, UInt64(contents.messages)))))
        } else if let ready = state.ready {
            progress.remaining = ready + status.unsettled
        }
        return progress
    }

    /// What all runs have done with the messages of a stream up to the position, each counted once.
    private func cursor(_ state: State) -> ReplayCursor {
        var cursor = state.base
        cursor.offset = state.position
        cursor.replayed += state.tally.replayed
        cursor.expired += state.tally.expired
        cursor.quarantined += state.tally.quarantined
        return cursor
    }

    // MARK: The pump

    private func makePump(exchange: String, _ plan: Plan) throws -> MessagePump {
        let route = route
        let names = names
        let site = site
        let state = state
        let isStream = isStream
        let cut = cut ?? plan.contents?.newest ?? .min / 2
        let window = ReplayTransform.Window(
            epoch: epoch,
            cut: cut,
            timeToLive: route.standby.timeToLive.wholeMilliseconds,
            since: since(cut),
            firstOffset: nil,
            seal: isStream ? operation : nil
        )
        return MessagePump(
            name: "replay \(route.name)",
            source: PumpSource(
                connection: { try site.connection(name: "ropeway replay \(route.name)", for: .consuming) },
                queue: names.standby,
                consumerArguments: {
                    guard isStream else { return [:] }
                    let (position, plan) = state.withLockedValue { ($0.position, $0.plan) }
                    if let position { return ["x-stream-offset": .int64(position + 1)] }
                    if let first = plan?.contents?.firstOffset { return ["x-stream-offset": .int64(first)] }
                    return ["x-stream-offset": .string("first")]
                }
            ),
            destination: PumpDestination(
                connection: { try site.connection(name: "ropeway replay \(route.name)", for: .publishing) },
                route: try PublishRoute(exchange: exchange, routingKey: nil)
            ),
            quarantine: site.quarantine(names, connectionName: "ropeway quarantine \(route.name)"),
            limits: PumpLimits(prefetch: 2000, inFlight: 4096, rate: route.replay.rate),
            eventLoop: eventLoop,
            logger: logger
        ) { _ in
            var window = window
            let (position, plan) = state.withLockedValue { ($0.position, $0.plan) }
            window.from = position.map { $0 + 1 }
            window.firstOffset = plan?.contents?.firstOffset
            return ReplayTransform(
                window,
                trustsUserID: route.trustsUserID,
                onSettled: { offset, tally in
                    state.withLockedValue {
                        $0.tally += tally
                        if let offset { $0.position = offset }
                    }
                }
            )
        }
    }

    private func since(_ cut: Int64) -> Int64? {
        guard case .since(let duration) = route.replay.window else { return nil }
        return cut.minus(duration.wholeMilliseconds)
    }

    // MARK: Progress on the broker

    /// Writes the cursor as soon as there is progress, then less and less often: a replay that never lives for long
    /// gets somewhere each time.
    private func keepCursor(_ cursors: CursorQueue, on channel: AMQPChannel) async throws {
        var written = state.withLockedValue { $0.position }
        var interval = Duration.milliseconds(20)
        while !Task.isCancelled {
            try await Task.sleep(for: interval)
            let position = state.withLockedValue { $0.position }
            guard position != written else { continue }
            try await writeCursor(cursors, on: channel)
            written = position
            interval = min(interval * 2, .seconds(1))
        }
    }

    private func writeCursor(_ cursors: CursorQueue, on channel: AMQPChannel) async throws {
        // Position and tally are taken together.
        try await cursors.write(cursor(state.withLockedValue { $0 }), on: channel)
    }

    /// Writes the cursor of a replay that ends before its time, if the broker takes it soon.
    private func leaveCursor(_ cursors: CursorQueue, on channel: AMQPChannel, _ connection: AMQPConnection) async {
        // In a task of its own, which is awaited: this one may be cancelled, and would write nothing any more.
        await Task {
            try? await connection.withLimit(.seconds(2)) { try await writeCursor(cursors, on: channel) }
        }.value
    }

    /// A queue looks empty once basic.get says so, which asks the leader, and nothing is under way that arrived here.
    private func waitUntilEmpty(on connection: AMQPConnection) async throws {
        let channel = try await connection.openChannel()
        var emptyReads = 0
        while !Task.isCancelled, emptyReads < 2 {
            try await Task.sleep(for: .milliseconds(100))
            let pump = state.withLockedValue { $0.pump }
            let (_, ready, _) = try await channel.declareQueue(names.standby, passive: true)
            state.withLockedValue { $0.ready = ready }
            guard ready == 0, let status = await pump?.status(), status.phase == .running, status.unsettled == 0 else {
                emptyReads = 0
                continue
            }
            if let delivery = try await channel.get(names.standby) {
                await channel.reject(delivery.deliveryTag, requeue: true)
                emptyReads = 0
            } else {
                emptyReads += 1
            }
        }
    }

    private func withControlConnection<Value>(
        _ body: (AMQPConnection) async throws -> Value
    ) async throws -> Value {
        try await AMQPConnection.withConnection(
            try site.connection(name: "ropeway replay control \(route.name)", for: .control),
            on: eventLoop,
            body
        )
    }
}
