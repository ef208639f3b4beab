import Consumption
import Forecast
import Foundation
import Pump
import Transport
import Waiting

/// Looking at a capture that is a stream: by its offsets. What its broker puts there for itself takes some of them, so that
/// a number above 0 is a little more than there are messages.
extension Route {
    func sample(_ stream: CaptureStream) async throws {
        let reachedBefore = await stream.pump.progress
        let before = figures(await pump.status(), reachedBefore)
        let asked = ContinuousClock.now
        let askedAt = SteadyTime.now()
        let found = try await stream.probe.look()
        let status = await pump.status()
        let reached = await stream.pump.progress
        let now = ContinuousClock.now
        let answeredAt = SteadyTime.now()
        state.withLock { state in
            guard let end = Self.end(found, before: reachedBefore, after: reached, isEmpty: state.isCaptureEmpty) else {
                return state.lag.lose()
            }
            let after = figures(status, reached)
            let progress = progress(status, reached)
            let waiting = Int(clamping: end - min(end, progress.received))
            state.lastEvidence = Date()
            state.evidence.note(
                CaptureLook(
                    asked: askedAt.milliseconds,
                    answered: answeredAt.milliseconds,
                    ready: waiting,
                    before: before,
                    after: after
                )
            )
            state.lag.sample(at: now, roundTrip: now - asked, waiting: waiting, progress)
            state.rates.sample(at: now, in: status.counters.received, out: status.counters.confirmed)
            if end <= progress.settled {
                state.whole.note(end, at: Date().addingTimeInterval((asked - now) / .seconds(1)))
            }
        }
    }

    /// Where the capture ended at a look or later, as far as it is known what of it was copied.
    ///
    /// - Parameters:
    ///   - before: how far it was copied before the look.
    ///   - after: the same after that.
    ///   - isEmpty: whether the broker says that it holds nothing.
    static func end(
        _ found: StreamEndProbe.End,
        before: ChunkProgress,
        after: ChunkProgress,
        isEmpty: Bool
    ) -> UInt64? {
        switch found {
        case .at(let end):
            // One that ends before what had been copied of it is another than that, which is told of elsewhere.
            guard after.copied != nil, before.copied ?? 0 <= end else { return nil }
            // What was taken since had come since.
            return max(end, after.taken ?? 0)
        case .empty:
            return after.copied ?? 0
        case .nothing:
            // One that delivers nothing is empty, or slow.
            return isEmpty && after.copied == nil ? 0 : nil
        }
    }

    /// What is missing of a stream, since this was last called.
    ///
    /// - Returns: that, and how much was found so far: to be noted as recorded, once the brokers have it in writing.
    package func takeFindings() -> (findings: [GapFinding], count: Int) {
        let (incidents, whole, made, count) = state.withLock { state in
            defer { state.incidents = [] }
            return (state.incidents, state.whole, state.incarnation.flatMap(Incarnation.made), state.incidentCount)
        }
        let findings: [GapFinding] = incidents.compactMap { incident, at in
            switch incident {
            case .overtaken(let from, let to):
                let detail = "offsets \(from) to \(to - 1) of '\(names.capture)' were gone before they were copied"
                // What is missing was captured after the last look at which the capture ended before it.
                return finding(
                    .captureOvertaken,
                    from: whole.last(before: from) ?? made,
                    at,
                    count: Int(clamping: to - from),
                    detail
                )
            case .sourceShortened(let from, _):
                let detail =
                    "'\(names.capture)' lost its messages from offset \(from) on, and perhaps others behind them"
                return finding(.captureThinned, from: whole.last(before: from) ?? made, at, count: nil, detail)
            case .sourceRecreated(let copied):
                // Whoever watches the capture does not see that where it was declared with all its arguments.
                let detail = "'\(names.capture)' is not the stream that was copied up to offset \(copied)"
                return finding(.captureDeleted, from: whole.last(before: copied) ?? made, at, count: nil, detail)
            case .forgotten:
                // What is there twice is no gap.
                return nil
            }
        }
        return (findings, count)
    }

    /// The brokers have in writing what was found so far.
    package func noteRecorded(_ count: Int) { state.withLock { $0.recordedIncidents = count } }

    private func finding(
        _ reason: GapReason,
        from whole: Date?,
        _ at: Date,
        count: Int?,
        _ detail: String
    ) -> GapFinding {
        GapFinding(
            route: names.route,
            site: source.name,
            reason: reason,
            from: min(whole ?? at, at),
            to: at,
            count: count,
            detail: detail
        )
    }
}

extension LagTracker.Progress {
    /// How far a stream was copied, in its offsets.
    init(_ reached: ChunkProgress) {
        let taken = reached.taken ?? 0
        let copied = min(reached.copied ?? 0, taken)
        self.init(settled: copied, unsettled: Int(clamping: taken - copied), received: taken, oldest: nil, own: 0)
    }
}
