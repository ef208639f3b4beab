import AMQP
import Leadership
import Logging
import Management
import NIOCore
import NIOPosix
import Pump
import Relay
import RopewayConfiguration
import Transport
import Waiting

/// The replay of one route on the promoted site: standby store → the same exchange.
///
/// It can be killed and run again: a stream goes on behind its cursor, a queue with what is left in it. What is repeated
/// then is at most what was in flight and one interval of the cursor.
package final class Replay: Sendable {
    /// What a replay takes, fixed for the whole operation.
    package struct Plan: Sendable, Hashable, Codable {
        /// What the stream holds; `nil` for a queue, which is replayed until it is empty.
        package var contents: StreamContents?
        /// Messages ready in the queue when the replay was planned; `nil` for a stream.
        package var depth: Int?
        /// What of it is replayed to whom; `nil`: all of it to all.
        package var window: PairRecord.Window?

        package init(contents: StreamContents?, depth: Int?, window: PairRecord.Window? = nil) {
            self.contents = contents
            self.depth = depth
            self.window = window
        }
    }

    package struct Progress: Sendable, Hashable {
        /// Messages that the site confirmed, each counted once, by all runs of the operation; `nil` where that is not
        /// known, as of a queue whose messages an earlier run took.
        package var replayed: UInt64?
        /// Messages left out as too old; `nil` where that is not known.
        package var expired: UInt64?
        /// Messages that went into quarantine, each counted once, by all runs; `nil` where that is not known.
        package var quarantined: UInt64?
        /// Messages that none of the queues wanted which had not consumed them; `nil` where that is not known.
        package var consumed: UInt64?
        /// Messages that the site confirmed in this run, repeats included.
        package var confirmed: UInt64 = 0
        /// Messages still to come, where that is known.
        package var remaining: Int?
        /// Messages of a stream that were found behind its seal and are counted with the others: routed before the epoch
        /// was closed, and delivered late.
        package var late = 0
        /// Why it does not go on at the moment.
        package var error: RouteError?
    }

    struct State {
        var pump: MessagePump?
        /// What the pumps before did in this run.
        var past = PumpCounters()
        /// What earlier runs had done, and whether there were any.
        var base = ReplayCursor(operation: "")
        var isResumed = false
        /// Whether a pump before had several sessions, of which the later ones may have been given again what was done.
        var hasRepeated = false
        var position: Int64?
        /// What this run has done with the messages up to the position.
        var tally = ReplayTally()
        var plan: Plan?
        /// What of the store was copied as it was captured; `nil`: nothing.
        var copied: CopiedMessages?
        /// How many of the window's later stages are reached.
        var stage = 0
        var ready: Int?
        /// The seal that the pump goes on to, of a stream.
        var seal: Seal?
        /// Messages that were found behind the first seal.
        var late = 0
        /// The cursor as it was last written.
        var written = ReplayCursor(operation: "")
        /// Since when it can't be seen where a leg leads to.
        var unseenSince: ContinuousClock.Instant?
        /// Messages that were done before a look that found the leg as it is to be, of a queue.
        var seenWhole: UInt64 = 0
        /// Messages that the queue was told of as done by the pumps before, of this run.
        var pastDone: UInt64 = 0
        /// As many as it may have been told of by now, as the cursor says.
        var recorded: UInt64 = 0
        /// What is bound beside the application's exchange while messages of a queue go that way.
        var bound: StageBindings?
        /// Whether others take from it, of a queue.
        var account: Account?
        /// What held it up lately, and when.
        var trouble: (error: RouteError, at: ContinuousClock.Instant)?
    }

    /// A mark in a stream: what it is known by, and where it stands.
    struct Seal {
        var id: String
        var offset: Int64
    }

    package let route: RouteConfiguration
    let site: Site
    let names: ObjectNames
    let operation: String
    let epoch: Int
    let cut: Int64?
    let origin: String
    let logger: Logger
    let eventLoop: any EventLoop
    let state = Locked(State())

    /// - Parameters:
    ///   - epoch: the epoch that the messages were relayed in.
    ///   - cut: the instant that ages are measured against: milliseconds since 1970. Where it is not known, the newest
    ///     message of a stream stands for it, which makes ages smaller; in a queue nothing expires then.
    ///   - origin: the name of the site that the messages were published on, where the store does not tell.
    package init(
        pair: String,
        route: RouteConfiguration,
        site: Site,
        operation: String,
        epoch: Int,
        cut: Int64?,
        origin: String = "",
        logger: Logger
    ) {
        self.route = route
        self.site = site
        self.operation = operation
        self.epoch = epoch
        self.cut = cut
        self.origin = origin
        self.logger = logger
        names = ObjectNames(pair: pair, route: route.name)
        eventLoop = NIOSingletons.posixEventLoopGroup.next()
    }

    /// Replays what the plan says, from where an earlier run of the same operation stopped. Once all is replayed, another
    /// run looks for what has come late, and replays that.
    ///
    /// - Returns: what was replayed in all runs of the operation.
    /// - Throws: where the broker does not let it begin, or a permission is missing, ``TopologyError`` then, with the code
    ///   storeLost where the store does not hold any more what the plan counted on; losing the broker later is waited out.
    ///   ``ReplayLoss`` where it has ended and something is missing all the same.
    ///   Cancelling the task stops the replay in good order.
    package func run(_ plan: Plan) async throws -> Progress {
        let isInternal = try await site.management.exchange(route.exchange, virtualHost: site.virtualHost)?.isInternal
        let cursors = CursorQueue(name: names.cursor)
        try await withControlConnection { connection in
            let channel = try await connection.openChannel()
            try await channel.declareExchange(route.exchange, passive: true)
            if isInternal == true { try await declareEntrance(on: channel) }
            try await cursors.prepare(at: site, on: connection)
            try await channel.selectConfirms()
            let known = try await cursors.read(on: channel).flatMap { $0.operation == operation ? $0 : nil }
            let base = known ?? ReplayCursor(operation: operation)
            state.withLock {
                $0.base = base
                $0.written = base
                $0.isResumed = known != nil
                $0.position = base.offset
                $0.plan = plan
                $0.stage = base.stage
                $0.ready = plan.depth
            }
            let work = Work(
                connection: connection,
                channel: channel,
                cursors: cursors,
                exchange: isInternal == true ? names.replay : route.exchange
            )
            if let contents = plan.contents {
                let copied = try await copiedMessages()
                state.withLock { $0.copied = copied }
                try await replayStream(contents, work)
            } else {
                try await replayQueue(work)
            }
        }
        try Task.checkCancellation()
        let losses = state.withLock { state in
            state.trouble = nil
            return state.base.losses
        }
        if let loss = ReplayLoss(losses) { throw loss }
        return await progress()
    }

    /// An internal exchange takes nothing from clients, but from an exchange.
    func declareEntrance(on channel: AMQPChannel) async throws(AMQPError) {
        try await channel.declareExchange(names.replay, type: "fanout")
        try await channel.bindExchange(route.exchange, to: names.replay)
    }

    /// What the steps of a run work with.
    struct Work {
        /// For small things, such as the cursor.
        var connection: AMQPConnection
        /// In confirm mode.
        var channel: AMQPChannel
        var cursors: CursorQueue
        /// The exchange that is published to.
        var exchange: String
    }

    func withControlConnection<Value>(
        _ body: (AMQPConnection) async throws -> Value
    ) async throws -> Value {
        try await AMQPConnection.withConnection(
            try site.connection(name: "ropeway replay control \(route.name)", for: .control),
            on: eventLoop,
            body
        )
    }
}
