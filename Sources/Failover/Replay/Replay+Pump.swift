import AMQP
import ErrorCodes
import Foundation
import Leadership
import Logging
import NIOCore
import Notation
import Pump
import RabbitStream
import Relay
import RopewayConfiguration
import Transport
import Waiting

/// The pump of a replay, and how far it got.
extension Replay {
    /// - Parameter seal: the mark that ends it, of a stream.
    func makePump(_ leg: Leg, seal: String?, _ work: Work) throws -> MessagePump {
        let (route, names, site, state) = (route, names, site, state)
        let isStream = seal != nil
        let cut = cut ?? state.withLock { $0.plan?.contents?.newest } ?? .min / 2
        let window = ReplayTransform.Window(
            epoch: epoch,
            cut: cut,
            timeToLive: route.standby.replayedAge,
            since: since(cut),
            consumedBefore: state.withLock { $0.plan?.window?.from },
            firstOffset: nil,
            seal: seal,
            until: leg.until
        )
        let record: @Sendable (UInt64) async throws -> Void = { count in try await self.record(count, work) }
        let source = PumpSource(
            connection: { try site.connection(name: "ropeway replay \(route.name)", for: .consuming) },
            queue: names.standby,
            // A stream keeps what is done.
            record: isStream ? nil : record,
            consumerArguments: {
                guard isStream else { return [:] }
                return ["x-stream-offset": Self.start(in: state).map { .int64($0) } ?? .string("first")]
            }
        )
        return MessagePump(
            name: "replay \(route.name)",
            from: isStream ? streamOrigin(source) : .queue(source),
            to: .exchange(
                PumpDestination(
                    connection: { try site.connection(name: "ropeway replay \(route.name)", for: .publishing) },
                    route: try PublishRoute(exchange: leg.exchange, routingKey: nil),
                    returns: leg.returns
                )
            ),
            quarantine: site.quarantine(names, connectionName: "ropeway quarantine \(route.name)"),
            limits: PumpLimits(prefetch: 2000, inFlight: 4096, rate: route.replay.rate),
            eventLoop: eventLoop,
            logger: logger
        ) { _ in
            var window = window
            let (position, plan, copied) = state.withLock { ($0.position, $0.plan, $0.copied) }
            window.from = position.map { $0 + 1 }
            window.firstOffset = plan?.contents?.firstOffset
            return ReplayTransform(
                window,
                trustsUserID: route.trustsUserID,
                copied: copied,
                onSettled: { offset, tally in
                    state.withLock {
                        $0.tally += tally
                        if let offset { $0.position = offset }
                    }
                },
                onSeen: { ages in if !isStream { Self.note(ages, in: state) } }
            )
        }
    }

    /// A stream is read by its chunks where the site has listeners for that, which costs the broker next to nothing beside
    /// what it has to do for a message over AMQP.
    private func streamOrigin(_ source: PumpSource) -> PumpOrigin {
        guard site.mayUseStreams else { return .queue(source) }
        let (site, state, name) = (site, state, route.name)
        return .stream(
            PumpStreamSource(
                connection: { try site.hurriedStreamConnection(name: "ropeway replay \(name)") },
                stream: names.standby,
                start: { Self.start(in: state).map { .offset(UInt64(clamping: $0)) } ?? .first },
                reference: nil,
                fallback: source
            )
        )
    }

    /// The offset at which a session begins; `nil` for the first that there is.
    private static func start(in state: Locked<State>) -> Int64? {
        let (position, plan) = state.withLock { ($0.position, $0.plan) }
        return position.map { $0 + 1 } ?? plan?.contents?.firstOffset
    }

    private func since(_ cut: Int64) -> Int64? {
        guard case .since(let duration) = route.replay.window else { return nil }
        return cut.minus(duration.wholeMilliseconds)
    }

    /// Goes on with another pump.
    func begin(_ pump: MessagePump, seal: Seal?) async {
        let before = await state.withLock { $0.pump }?.status()
        state.withLock {
            if let before {
                $0.pastDone += before.acknowledged ?? 0
                $0.past = $0.past + before.counters
                if before.sessions > 1 { $0.hasRepeated = true }
            }
            $0.pump = pump
            $0.seal = seal
        }
    }

    /// Ends a replay that lacks a permission, or whose store is gone: it would start again without end, and nobody would be
    /// told. What it waits for otherwise is logged once, and told for a while.
    func watchForRefusal(of pump: MessagePump, _ leg: Leg, _ work: Work) async throws {
        var last: ErrorCode?
        var mended = 0
        while true {
            try await Task.sleep(for: .milliseconds(200))
            let status = await pump.status()
            if let refusal = status.error?.refusal(route.exchange, site, store: names.standby) { throw refusal }
            if leg.exchange == names.replay, leg.bound == nil, case .destination(let error) = status.error,
                error.refusal == .exchangeMissing, status.sessions > mended
            {
                mended = status.sessions
                let channel = try await work.connection.openChannel()
                try await declareEntrance(on: channel)
                try await channel.close()
            }
            let obstacle = RouteError(status, publishingTo: "exchange '\(route.exchange)' of site '\(site.name)'")
            if let obstacle, obstacle.code != last {
                logger.warning(
                    "the replay waits",
                    metadata: ["route": "\(route.name)", "error": "\(obstacle.message)", "hint": "\(obstacle.hint)"]
                )
            }
            if let obstacle { noteTrouble(obstacle) }
            last = obstacle?.code
        }
    }

    /// How long something is told that held it up: sessions that fail one after another may move something each.
    private static let troubleLasts = Duration.seconds(5)

    /// Notes what holds it up.
    func noteTrouble(_ error: RouteError) {
        var error = error
        error.since = error.since ?? Date()
        state.withLock { [error] in $0.trouble = (error, .now) }
    }

    /// Where the replay stands.
    package func progress() async -> Progress {
        let state = state.withLock { $0 }
        var progress = Progress()
        guard let pump = state.pump, let plan = state.plan else { return progress }
        let status = await pump.status()
        progress.confirmed = (state.past + status.counters).confirmed
        progress.late = state.late
        progress.error = RouteError(status, publishingTo: "exchange '\(route.exchange)' of site '\(site.name)'")
        if progress.error == nil, let trouble = state.trouble, ContinuousClock.now - trouble.at < Self.troubleLasts {
            progress.error = trouble.error
        }
        if plan.contents != nil {
            let cursor = cursor(state)
            progress.replayed = cursor.replayed
            progress.quarantined = cursor.quarantined
            progress.expired = cursor.expired
            progress.consumed = cursor.consumed
        } else if !state.isResumed, !state.hasRepeated, status.sessions <= 1 {
            // A later session gets again what was confirmed and not acknowledged, and can't tell it from the rest.
            let counters = state.past + status.counters
            progress.replayed = counters.confirmed
            progress.quarantined = counters.quarantined
            progress.expired = counters.expired
            // What is left out of a queue because of its age is left out of the window as well.
            progress.consumed = nil
        }
        if status.phase == .finished {
            progress.remaining = 0
        } else if let contents = plan.contents {
            // Offsets have holes where segments rolled, and each message has one: the smaller number is the better.
            let cursor = cursor(state)
            let done = cursor.replayed + cursor.quarantined + cursor.expired + cursor.consumed
            let byOffset = Int(contents.sealOffset - (state.position ?? -1) - 1)
            progress.remaining = max(0, min(byOffset, contents.messages - Int(min(done, UInt64(contents.messages)))))
        } else if let ready = state.ready {
            progress.remaining = ready + status.unsettled
        }
        return progress
    }

    /// What all runs have done with the messages of a stream up to the position, each counted once.
    func cursor(_ state: State) -> ReplayCursor {
        var cursor = state.base
        cursor.offset = state.position
        cursor.replayed += state.tally.replayed
        cursor.expired += state.tally.expired
        cursor.quarantined += state.tally.quarantined
        cursor.consumed += state.tally.consumed
        cursor.stage = state.stage
        cursor.rest = state.account.map { account in
            let unseen = state.recorded - min(state.recorded, state.seenWhole)
            return StoreRest(
                looks: account.ledger.left(after: state.recorded),
                mayExpire: account.mayExpire,
                bound: state.bound.map { BoundRest(unseen: unseen, bindings: $0.fingerprints) }
            )
        }
        return cursor
    }
}
