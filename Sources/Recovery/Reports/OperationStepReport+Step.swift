import Leadership

extension OperationStepReport {
    /// A step of a promotion.
    init(_ step: PromotionStep, target: String, origin: String, epoch: Int, state: State = .pending) {
        self.init(
            step: step.code,
            site: step.site,
            title: step.title(target: target, origin: origin, epoch: epoch),
            state: state
        )
    }
}
