import ControlModel
import Leadership

extension OperationReport {
    /// Whether it is past its point of no return, or may be: the new epoch is written or being written.
    package var isPastReturn: Bool {
        if dryRun { return false }
        let codes = [PromotionStep.commit.code, PromotionStep.claim.code]
        return step == PromotionStep.irreversibleCode
            || steps.contains { codes.contains($0.step) && $0.state != .pending }
    }
}
