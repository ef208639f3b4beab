import ErrorCodes
import Leadership
import Relay
import RopewayConfiguration

extension StepPerformer {
    /// Refuses a forced promotion over a store of which messages are known to be missing: they would not be replayed, and
    /// a person decides whether that is what is wanted.
    func refuseLostStores() async throws {
        guard let gap = await knownGap(.forced) else { return }
        throw StepFailure(
            code: .gap,
            message: "the store of route '\(gap.route)' does not have everything: \(gap.summary)",
            hint: "\(gap.hint); or promote with --accept-gap, and what is missing is not replayed"
        )
    }

    /// Refuses a dry run of a planned promotion over what the promotion would be refused for later, once everything is
    /// drained and compared again.
    func refuseKnownGaps() async throws {
        guard let gap = await knownGap(.planned) else { return }
        throw StepFailure(
            code: .gap,
            message: "route '\(gap.route)' has not captured everything: \(gap.summary)",
            hint: "\(gap.hint); or promote with --accept-gap"
        )
    }

    private func knownGap(_ kind: PairRecord.OperationKind) async -> Gap? {
        let names = Set(routes.map(\.name))
        return await knownGaps().first { names.contains($0.route) && $0.refuses(kind) }
    }
}

extension Gap {
    /// Whether a promotion of a kind is refused over it, unless somebody accepts what is missing.
    func refuses(_ kind: PairRecord.OperationKind) -> Bool {
        switch kind {
        case .planned: true
        case .forced: [GapReason.storeDeleted, .storeThinned, .storePolicy].map(\.rawValue).contains(reason)
        }
    }
}
