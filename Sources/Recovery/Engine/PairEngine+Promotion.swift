import Foundation
import Leadership
import Logging
import Relay
import RopewayConfiguration
import Transport

extension PairEngine {
    public func beginPromotion(_ request: PromotionRequest) async throws(OperationError) -> OperationReport {
        guard let target = sites[request.site], let origin = other(than: request.site) else {
            throw OperationError(
                .usage,
                code: "unknown-site",
                message: "no site is named '\(request.site)'; nothing was changed",
                hint: "sites are: \(configuration.sites.map(\.name).joined(separator: ", "))"
            )
        }
        if isPromoting, let promotion {
            let report = await promotion.progress.report()
            // Who asks again after losing the answer gets the operation that runs.
            if report.site == request.site, !request.dryRun { return report }
            throw OperationError(
                .locked,
                code: "operation-running",
                message: "operation \(report.id) promotes '\(report.site)'; nothing was changed by this request",
                hint: "wait for it to end"
            )
        }
        isPromoting = true
        do {
            let record = try await recordForPromotion(request, target: target, origin: origin)
            let isResumed = record.operation.map { $0.site == target.name && record.active == target.name } ?? false
            if record.active == target.name, !isResumed {
                isPromoting = false
                return alreadyActive(record, request)
            }
            return begin(request, record, target: target, origin: origin)
        } catch {
            isPromoting = false
            throw error
        }
    }

    /// The record that a promotion starts from. A forced one needs nothing of the other site.
    private func recordForPromotion(
        _ request: PromotionRequest,
        target: Site,
        origin: Site
    ) async throws(OperationError) -> PairRecord {
        let pair = configuration.name
        async let targetReading = RecordReading.of(RecordStore(site: target, pair: pair))
        let originReading: RecordReading
        if request.forced {
            originReading = await Self.reading(of: origin, pair: pair, within: .milliseconds(500))
        } else {
            originReading = await RecordReading.of(RecordStore(site: origin, pair: pair))
        }
        let view = RecordView(
            (target.name, await targetReading),
            (origin.name, originReading),
            configuredActive: configuration.active
        )
        self.view = view
        let record: PairRecord
        if let found = view.record {
            record = found
        } else if view.isHeld {
            throw held(view)
        } else {
            throw OperationError(
                .preconditionFailed,
                code: "no-record",
                message: "site '\(target.name)' has no record of the pair, or does not answer; nothing was changed",
                hint: "run the daemon once, so that the pair is begun; check that the site answers"
            )
        }
        if let expected = request.expectedEpoch, expected != record.epoch {
            throw OperationError(
                .mismatch,
                code: "epoch-mismatch",
                message: "the pair is in epoch \(record.epoch), not \(expected); nothing was changed",
                hint: "look at the status, then say which epoch you mean"
            )
        }
        if let operation = record.operation, operation.step != Promotion.Step.draining.rawValue,
            operation.site != target.name
        {
            throw OperationError(
                .locked,
                code: "operation-unfinished",
                message:
                    "operation \(operation.id) promotes '\(operation.site)' and is not finished; nothing was changed",
                hint: "finish it first: run the daemon, or ropeway promote \(operation.site)"
            )
        }
        self.record = record
        return record
    }

    private static func reading(of site: Site, pair: String, within limit: Duration) async -> RecordReading {
        let api = site.admin.limited(to: limit)
        return await RecordReading.of(RecordStore(api: api, site: site.name, pair: pair))
    }

    private func alreadyActive(_ record: PairRecord, _ request: PromotionRequest) -> OperationReport {
        let last = record.history.last { $0.site == request.site && $0.epoch == record.epoch }
        return OperationReport(
            id: last?.id ?? "none",
            kind: request.forced ? "forced" : "planned",
            site: request.site,
            epoch: record.epoch,
            state: .done,
            dryRun: request.dryRun,
            started: last?.started,
            replayed: last?.replayed,
            repeats: last?.repeats,
            expired: last?.expired,
            quarantined: last?.quarantined,
            remaining: 0
        )
    }

    private func begin(
        _ request: PromotionRequest,
        _ record: PairRecord,
        target: Site,
        origin: Site
    ) -> OperationReport {
        let resumed = record.active == target.name ? record.operation : nil
        let report = OperationReport(
            id: resumed?.id ?? UUID().uuidString.lowercased(),
            kind: resumed?.kind.rawValue ?? (request.forced ? "forced" : "planned"),
            site: target.name,
            epoch: resumed == nil ? record.epoch + 1 : record.epoch,
            state: .running,
            step: Promotion.Step.locking.rawValue,
            dryRun: request.dryRun,
            started: resumed?.started ?? Date()
        )
        let progress = PromotionProgress(report)
        let task = Task {
            await self.perform(request, record, progress, target: target, origin: origin)
        }
        promotion = (report.id, progress, task)
        return report
    }

    /// Goes on with a promotion that the record says is under way.
    func resume(_ record: PairRecord, _ operation: PairRecord.Operation) async throws(OperationError) {
        guard let target = sites[operation.site], let origin = other(than: operation.site) else { return }
        _ = try await acquire(target, timeout: .seconds(5))
        guard !isPromoting else { return }
        isPromoting = true
        logger.warning("resuming promotion", metadata: ["operation": "\(operation.id)", "site": "\(operation.site)"])
        let request = PromotionRequest(site: operation.site, forced: operation.kind == .forced)
        _ = begin(request, record, target: target, origin: origin)
    }

    private func perform(
        _ request: PromotionRequest,
        _ record: PairRecord,
        _ progress: PromotionProgress,
        target: Site,
        origin: Site
    ) async {
        logger.notice("promotion begins", metadata: ["site": "\(target.name)", "forced": "\(request.forced)"])
        let started = ContinuousClock.now
        do {
            let end = try await promote(request, record, progress, target: target, origin: origin)
            progress.update { report in
                report.state = .done
                if let end { report.epoch = end.epoch }
            }
            if let end {
                self.record = end
                view = .oneSided(end, unreachable: origin.name)
            }
        } catch {
            progress.update { report in
                report.state =
                    switch error.exit {
                    case .aborted: .aborted
                    case .held: .held
                    case .incomplete: .incomplete
                    default: .failed
                    }
                report.exit = error.exit
                if error.exit != .incomplete { report.epoch = record.epoch }
                report.error = ErrorReport(code: error.code, message: error.message, hint: error.hint, since: Date())
            }
            logger.error("promotion ended", metadata: ["code": "\(error.code)", "error": "\(error.message)"])
            if error.code == Promotion.permissionMissing, error.exit == .incomplete {
                resting = (progress.id, .now + Self.restAfterRefusal)
            }
            // The routes may have been stopped by then; the next look at the records starts what follows from them.
            if error.exit == .aborted || error.exit == .incomplete { await stopRelaying() }
        }
        progress.update { $0.seconds = (ContinuousClock.now - started).fractionalSeconds }
        // What was locked for the operation alone is given back: relaying needs the standby's lock only.
        await release(origin.name)
        if self.record?.active == target.name { await release(target.name) }
        if mode == .command { await release(target.name) }
        isPromoting = false
        wakeUp()
    }

    private func promote(
        _ request: PromotionRequest,
        _ record: PairRecord,
        _ progress: PromotionProgress,
        target: Site,
        origin: Site
    ) async throws(OperationError) -> PairRecord? {
        let isResumed = record.active == target.name
        let targetLock = try await acquireTarget(target, waitsForSilent: request.forced && !isResumed)
        var originLock: HeldLock?
        if !request.forced, !isResumed { originLock = try await acquire(origin, timeout: .seconds(10)) }
        let promotion = Promotion(
            context: Promotion.Context(
                pair: configuration.name,
                routes: configuration.routes,
                target: target,
                origin: origin,
                logger: logger
            ),
            progress: progress,
            targetLock: targetLock,
            originLock: originLock,
            relays: relays
        )
        if isResumed {
            return try await promotion.complete(record)
        }
        try await promotion.check()
        if request.dryRun { return nil }
        let committed: PairRecord
        if request.forced {
            committed = try await promotion.commitForced(record, cut: await linkLoss())
        } else {
            if relays == nil, mode == .command {
                try startRelaying(from: origin, to: target, epoch: record.epoch, holdsPolicies: true)
            }
            let timeout = request.timeoutSeconds.map { Duration.seconds($0) } ?? .seconds(60)
            committed = try await Promotion(
                context: promotion.context,
                progress: progress,
                targetLock: targetLock,
                originLock: originLock,
                relays: relays
            ).commitPlanned(record, timeout: timeout)
        }
        self.record = committed
        view = .oneSided(committed, unreachable: origin.name)
        let end = try await promotion.complete(committed)
        relays = nil
        await stopShovels()
        return end
    }

    /// - Parameter waitsForSilent: whether a holder that may be gone is waited for, until the broker misses its heartbeat.
    private func acquireTarget(_ site: Site, waitsForSilent: Bool) async throws(OperationError) -> HeldLock {
        let first = Duration.seconds(5)
        do throws(OperationError) {
            return try await acquire(site, timeout: first)
        } catch {
            guard waitsForSilent, error.exit == .locked else { throw error }
            return try await acquire(site, timeout: SiteLock.silenceLimit - first)
        }
    }

    /// When the link to the active site was lost: now if it still lives, the last evidence of life if it does not, `nil`
    /// if this process has none.
    private func linkLoss() async -> Date? {
        guard let relays else { return nil }
        var latest: Date?
        for route in relays.routes {
            guard let evidence = await route.snapshot().lastEvidence else { continue }
            latest = max(latest ?? evidence, evidence)
        }
        guard let latest else { return nil }
        // Evidence comes each second; what is younger than two intervals does not speak of a lost link.
        return Date().timeIntervalSince(latest) < 2.5 ? Date() : latest
    }
}
