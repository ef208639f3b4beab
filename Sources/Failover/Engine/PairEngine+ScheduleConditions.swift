import ControlModel
import ErrorCodes
import FoundationEssentials
import Leadership
import RopewayConfiguration
import Schedule

/// Why a planned promotion would be refused: the real one is planned, and the pair is looked at.
extension PairEngine {
    /// How long something that is not known for a moment is waited for when the time has come.
    private static let patience = Duration.seconds(15)
    private static let interval = Duration.seconds(1)

    /// What stands against beginning the promotion of an entry now; empty for nothing.
    ///
    /// - Parameter isDue: whether it is to be begun, so that what is only not known yet is waited for.
    func objections(to entry: ScheduleEntry, isDue: Bool) async -> [ScheduleReason] {
        let limit = ContinuousClock.now + Self.patience
        while true {
            let found = await look(at: entry)
            guard isDue, !found.isEmpty, found.allSatisfy(\.isPassing), .now < limit,
                (try? await Task.sleep(for: Self.interval)) != nil
            else { return found.map(\.reason) }
        }
    }

    private struct Objection {
        var reason: ScheduleReason
        /// Whether something is not known, which a moment later may be.
        var isPassing = false

        init(_ code: ErrorCode, _ message: String, _ hint: String, isPassing: Bool = false) {
            reason = ScheduleReason(code: code, message: message, hint: hint)
            self.isPassing = isPassing
        }

        init(_ finding: CheckFinding) {
            let subject = finding.subject.map { "\($0): " } ?? ""
            reason = ScheduleReason(word: finding.code, message: subject + finding.message, hint: finding.hint ?? "")
        }
    }

    private func look(at entry: ScheduleEntry) async -> [Objection] {
        var found: [Objection] = []
        do throws(OperationError) {
            let request = PromotionRequest(site: entry.site, expectedEpoch: entry.expectedEpoch)
            found += try await plan(request).findings.compactMap { finding in
                // One that is under way is finished first, whoever would take it over by hand.
                guard finding.verdict == .fail || finding.knownCode == .operationUnfinished else { return nil }
                return Objection(finding)
            }
        } catch {
            found.append(Objection(error.code, error.message, error.hint))
        }
        let status = await status()
        found += status.gaps.map { gap in
            Objection(
                .gap,
                "route '\(gap.route)' has a gap: \(gap.detail)",
                "see ropeway status; once it is known what is missing: ropeway acknowledge \(gap.route)"
            )
        }
        found += health(status) + protection(status) + lag(status, entry.lagLimit)
        var seen: Set<ScheduleReason> = []
        return found.filter { seen.insert($0.reason).inserted }
    }

    private func health(_ status: StatusReport) -> [Objection] {
        status.sites.sorted { $0.key < $1.key }.compactMap { name, site in
            switch site.health {
            case .healthy: nil
            case .degraded, .unreachable, .unauthorized:
                Objection(
                    site.health == .degraded
                        ? .siteDegraded : site.health == .unreachable ? .siteUnreachable : .siteUnauthorized,
                    "site '\(name)' is \(site.health?.rawValue ?? "not healthy")"
                        + (site.error.map { ": \($0.message)" } ?? ""),
                    "see the site's checks in ropeway status"
                )
            case nil:
                Objection(.healthUnknown, "how site '\(name)' is, is not known", "wait a moment", isPassing: true)
            }
        }
    }

    private func protection(_ status: StatusReport) -> [Objection] {
        switch status.protection {
        // How far behind it may be is what a limit says.
        case .protected, .catchingUp: return []
        case .degraded where !status.gaps.isEmpty: return []
        case .degraded, .stalled, .paused, .unknown:
            let reason = status.protectionReason ?? "no reason is known"
            return [
                Objection(
                    .notProtected,
                    "the pair is \(status.protection.rawValue): \(reason)",
                    "see ropeway status",
                    isPassing: status.protection == .unknown
                )
            ]
        }
    }

    private func lag(_ status: StatusReport, _ limit: Duration?) -> [Objection] {
        guard let limit else { return [] }
        return status.routes.compactMap { route in
            guard route.lag.known, let seconds = route.lag.seconds else {
                return Objection(
                    .lagUnknown,
                    "how far route '\(route.name)' is behind is not known",
                    "see ropeway lag",
                    isPassing: true
                )
            }
            guard seconds >= limit / .seconds(1) else { return nil }
            let shown = (seconds * 10).rounded() / 10
            return Objection(
                .lagAbove,
                "route '\(route.name)' is \(shown) s behind, and the entry says below \(Quantity.text(limit))",
                "wait until it has caught up, or publish less"
            )
        }
    }
}
