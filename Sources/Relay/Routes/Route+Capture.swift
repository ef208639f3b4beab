import AMQP
import Consumption
import Forecast
import Foundation
import Logging
import Management
import Pump
import Transport
import Waiting

/// Looking at the capture on the active site.
extension Route {
    /// Keeps the capture as it should be, and samples its depth, on a connection of its own. Its bindings and what may
    /// be missing from it are looked after by ``CaptureWatch``, which does not end where the other site is away.
    func watchSource() async {
        var backoff = Backoff(policy: BackoffPolicy(maximum: .seconds(5)))
        while !Task.isCancelled {
            do {
                try await withSourceConnection("watch") { connection in try await watch(connection, &backoff) }
            } catch {
                state.withLock { $0.lag.lose() }
                if (error as? AMQPError)?.replyCode == 404 { forgetCapture() }
                note(topology: error)
                try? await Task.sleep(for: backoff.next())
            }
        }
        await stream?.probe.close()
    }

    private func watch(_ connection: AMQPConnection, _ backoff: inout Backoff) async throws {
        var facts = try await capture.prepare(on: connection)
        let channel = try await connection.openChannel()
        var round = 0
        var policiesChecked = ContinuousClock.now
        while !Task.isCancelled {
            if round % 2 == 0 { state.withLock { $0.topologyError = nil } }
            if ContinuousClock.now - policiesChecked >= policyInterval {
                facts = try await verified(facts, connection)
                policiesChecked = .now
            }
            let begun = ContinuousClock.now
            if let stream { try await sample(stream) } else { try await sample(channel) }
            backoff.reset()
            round += 1
            // Where the answer takes long, it is asked for again at once: evidence is not to be older than it must.
            try await Task.sleep(for: max(.milliseconds(100), .seconds(1) - (ContinuousClock.now - begun)))
        }
    }

    /// Policies that others set later are outranked again, or told of. A tripwire that could not be reached is tried again.
    private func verified(_ facts: CaptureFacts, _ connection: AMQPConnection) async throws -> CaptureFacts {
        guard facts.isGapWatched else { return try await capture.prepare(on: connection) }
        do {
            _ = try await capture.verify(facts)
            return facts
        } catch  where error.code == .policyConflict {
            return try await capture.prepare(on: connection)
        }
    }

    /// Asks the management API for the capture, until the task is cancelled.
    func keepLookingAtCapture() async {
        while !Task.isCancelled {
            await lookAtCapture()
            try? await Task.sleep(until: CommonTick.next(.seconds(2)), clock: .continuous)
        }
    }

    /// A quorum capture without a majority confirms nothing, which holds up the publishers of the active site. One that
    /// was created again says nothing of what the other held.
    private func lookAtCapture() async {
        let queue = try? await source.management.queue(names.capture, virtualHost: source.virtualHost)
        state.withLock { state in
            state.lacksMajority = queue?.lacksMajority ?? false
            state.isCaptureEmpty = queue?.totals.messages == 0
            guard let queue else { return }
            if let incarnation = state.incarnation, incarnation != queue.incarnation {
                state.forgetCaptured()
                positions.forgetCanaries()
            }
            state.incarnation = queue.incarnation
        }
    }

    private func forgetCapture() {
        state.withLock { $0.forgetCaptured() }
        positions.forgetCanaries()
    }

    private func sample(_ channel: AMQPChannel) async throws {
        let before = figures(await pump.status(), nil)
        let own = positions.canaryFlight.count
        let asked = ContinuousClock.now
        let askedAt = SteadyTime.now()
        let waiting = try await capture.depth(on: channel)
        // Once the answer is here: what the capture delivered before it answered came on a way of the same length.
        let status = await pump.status()
        let now = ContinuousClock.now
        let look = CaptureLook(
            asked: askedAt.milliseconds,
            answered: SteadyTime.now().milliseconds,
            ready: waiting,
            own: max(own, positions.canaryFlight.count),
            before: before,
            after: figures(status, nil)
        )
        let progress = progress(status, nil)
        state.withLock { state in
            state.lastEvidence = Date()
            state.evidence.note(look)
            state.lag.sample(at: now, roundTrip: now - asked, waiting: waiting, progress)
            state.rates.sample(
                at: now,
                in: status.counters.received - min(status.counters.received, canaries),
                out: status.counters.confirmed
            )
        }
    }

    /// - Parameter reached: how far it has got with a stream.
    func progress(_ status: PumpStatus, _ reached: ChunkProgress?) -> LagTracker.Progress {
        if let reached { return LagTracker.Progress(reached) }
        return LagTracker.Progress(
            settled: status.counters.confirmed + status.counters.quarantined + status.counters.skipped,
            unsettled: status.unsettled,
            received: status.counters.received,
            oldest: status.oldest,
            own: positions.canaryFlight.captured,
            leavesUnread: status.leavesUnread
        )
    }

    /// - Parameter reached: how far it has got with a stream.
    func figures(_ status: PumpStatus, _ reached: ChunkProgress?) -> RelayFigures {
        if let reached { return RelayFigures(status, reached) }
        return RelayFigures(status, window: window, positions, canaries: canaries)
    }

    private func note(topology error: any Error) {
        guard !(error is CancellationError), let topology = error as? TopologyError else { return }
        // That the site does not answer is no fault of the topology; the pump tells of it.
        guard !topology.isTransient else { return }
        let isNew = state.withLock { $0.note(topology, in: \.topologyError) }
        if isNew { logger.error("route can't be set up", metadata: ["error": "\(topology)"]) }
    }
}
