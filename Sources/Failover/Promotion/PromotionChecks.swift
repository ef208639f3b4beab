import ControlModel
import ErrorCodes
import Leadership
import Logging
import Relay
import RopewayConfiguration

/// What a promotion needs, before anything is changed: the list that `check` goes by.
struct PromotionChecks: Sendable {
    let pair: String
    let target: Site
    let origin: Site
    let routes: [RouteConfiguration]
    let kind: PairRecord.OperationKind
    let hooks: [HookConfiguration]
    /// Whether what is known not to be replayed is left behind.
    let acceptsGap: Bool
    let logger: Logger

    /// What would have the promotion refused, and what is to be known before it.
    func findings() async -> [CheckFinding] {
        let found = await evaluate()
        guard found.allSatisfy({ $0.verdict != .fail }) else { return found }
        return found + [CheckFinding(.ok, code: .promotable, message: "site '\(target.name)' can take over")]
    }

    /// - Throws: ``StepFailure`` for the first finding that refuses the promotion; what only warns goes into the log.
    func check() async throws {
        let found = await evaluate()
        for finding in found where finding.verdict == .warn {
            logger.warning(
                "\(finding.message)",
                metadata: ["check": "\(finding.code)", "subject": "\(finding.subject ?? "the pair")"]
            )
        }
        guard let refusal = found.first(where: { $0.verdict == .fail }) else { return }
        throw StepFailure(
            code: refusal.knownCode ?? .stepFailed,
            message: refusal.message,
            hint: refusal.hint ?? "see the message"
        )
    }

    private func evaluate() async -> [CheckFinding] {
        let purpose: CheckPurpose = kind == .forced ? .forced(target: target.name) : .planned(target: target.name)
        let checks = Checks(pair: pair, routes: routes, sites: (target, origin), hooks: hooks)
        let found = await checks.evaluate(for: purpose)
        guard acceptsGap else { return found }
        return found.map { finding in
            guard finding.knownCode == Check.routeOrphaned.code else { return finding }
            var accepted = finding
            accepted.verdict = .warn
            return accepted
        }
    }
}
