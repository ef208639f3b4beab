import Consumption
import ControlModel
import FoundationEssentials
import Leadership
import Relay

extension QueueConsumptionReport {
    /// What is known of a queue now.
    init(_ queue: String, _ verdict: QueueJudgement.Verdict, now: SteadyTime = .now()) {
        self.init(
            queue: queue,
            position: verdict.position.map { Date(millisecondsSince1970: $0.milliseconds) },
            rule: verdict.rule.rawValue,
            evidenceAge: verdict.evidence.map { max(0, Double(now.milliseconds - $0.milliseconds) / 1000) },
            reasons: verdict.reasons.map { Reason(rule: $0.rule.rawValue, reason: $0.reason) }
        )
    }
}
