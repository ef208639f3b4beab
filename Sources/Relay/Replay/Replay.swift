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
        public var replayed: UInt64 = 0
        public var expired: UInt64 = 0
        public var quarantined: UInt64 = 0
        /// Messages still to come, where that is known.
        public var remaining: Int?
        /// Why it does not go on at the moment.
        public var error: String?
    }

    private struct State {
        var pump: MessagePump?
        var base = ReplayCursor(operation: "")
        var position: Int64?
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
                exchange: names.standby,
                routingKey: "seal",
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
    /// - Throws: where the broker does not let it begin; losing the broker later is waited out. Cancelling the task
    ///   stops the replay in good order.
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
            var cursor = try await cursors.read(on: channel) ?? ReplayCursor(operation: operation)
            if cursor.operation != operation { cursor = ReplayCursor(operation: operation) }
            let resumed = cursor
            let pump = try makePump(exchange: isInternal == true ? names.replay : route.exchange, plan)
            state.withLockedValue {
                $0.base = resumed
                $0.position = resumed.offset
                $0.plan = plan
                $0.pump = pump
                $0.ready = plan.depth
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = await pump.run() }
                if isStream {
                    group.addTask { try await self.keepCursor(cursors, on: channel) }
                } else {
                    group.addTask { try await self.waitUntilEmpty(on: connection) }
                }
                try await group.next()
                group.cancelAll()
            }
            if isStream, !Task.isCancelled { try await writeCursor(cursors, on: channel) }
        }
        try Task.checkCancellation()
        return await progress()
    }

    /// Where the replay stands.
    public func progress() async -> Progress {
        let (pump, base, position, plan, ready) = state.withLockedValue {
            ($0.pump, $0.base, $0.position, $0.plan, $0.ready)
        }
        var progress = Progress()
        guard let pump, let plan else { return progress }
        let status = await pump.status()
        progress.replayed = base.replayed + status.counters.confirmed
        progress.expired = base.expired + status.counters.expired
        progress.quarantined = base.quarantined + status.counters.quarantined
        progress.error = status.error.map { "\($0)" }
        if status.phase == .finished {
            progress.remaining = 0
        } else if let contents = plan.contents {
            // Offsets have holes where segments rolled, and each message has one: the smaller number is the better.
            let done = progress.replayed + progress.expired + progress.quarantined
            let byOffset = Int(contents.sealOffset - (position ?? -1) - 1)
            progress.remaining = max(0, min(byOffset, contents.messages - Int(min(done, UInt64(contents.messages)))))
        } else if let ready {
            progress.remaining = ready + status.unsettled
        }
        return progress
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
                onSettled: { offset in
                    guard let offset else { return }
                    state.withLockedValue { $0.position = offset }
                }
            )
        }
    }

    private func since(_ cut: Int64) -> Int64? {
        guard case .since(let duration) = route.replay.window else { return nil }
        return cut - duration.wholeMilliseconds
    }

    // MARK: Progress on the broker

    private func keepCursor(_ cursors: CursorQueue, on channel: AMQPChannel) async throws {
        var written: Int64?
        while !Task.isCancelled {
            try await Task.sleep(for: .seconds(1))
            let position = state.withLockedValue { $0.position }
            guard position != written else { continue }
            try await writeCursor(cursors, on: channel)
            written = position
        }
    }

    private func writeCursor(_ cursors: CursorQueue, on channel: AMQPChannel) async throws {
        // The position is read first: counts that are ahead of it only make the totals of a resumed replay larger.
        let position = state.withLockedValue { $0.position }
        let progress = await progress()
        var cursor = ReplayCursor(operation: operation)
        cursor.offset = position
        cursor.replayed = progress.replayed
        cursor.expired = progress.expired
        cursor.quarantined = progress.quarantined
        try await cursors.write(cursor, on: channel)
    }

    /// A queue is replayed once it is empty, as basic.get says, which asks the leader, and nothing is under way.
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
