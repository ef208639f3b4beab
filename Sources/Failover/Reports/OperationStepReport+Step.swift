import ControlModel
import FoundationEssentials
import Leadership

extension OperationStepReport {
    /// A step of a promotion.
    ///
    /// - Parameter routes: on how many routes it works.
    init(
        _ step: PromotionStep,
        target: String,
        origin: String,
        epoch: Int,
        routes: Int,
        state: State = .pending
    ) {
        self.init(
            step: step.code,
            site: step.site,
            title: step.title(target: target, origin: origin, epoch: epoch),
            state: state,
            plannedSeconds: step.plannedSeconds(routes: routes)
        )
    }

    /// Takes in how long it took.
    mutating func note(_ time: PairRecord.StepTime, since start: Date) {
        started = start.addingTimeInterval(Double(time.from) / 1000)
        seconds = Double(time.milliseconds) / 1000
    }
}

extension PromotionStep {
    /// How long a step takes that only looks on for a fixed time; what waits for something else is `nil`.
    func plannedSeconds(routes: Int) -> Double? {
        switch self {
        case .settle: StepPerformer.settlingTime / .seconds(1)
        case .verifyEmpty: StepPerformer.emptyTime * routes / .seconds(1)
        default: nil
        }
    }
}
