import Leadership
import Relay
import RopewayConfiguration

extension StepPerformer {
    /// Refuses a forced promotion over a store of which messages are known to be missing: they would not be replayed, and
    /// a person decides whether that is what is wanted.
    func refuseLostStores() async throws {
        let names = Set(routes.map(\.name))
        let lost = [GapReason.storeDeleted, .storeThinned].map(\.rawValue)
        guard let gap = await knownGaps().first(where: { names.contains($0.route) && lost.contains($0.reason) }) else {
            return
        }
        throw StepFailure(
            code: "gap",
            message: "the store of route '\(gap.route)' does not have everything: \(gap.summary)",
            hint: "\(gap.hint); or promote with --accept-gap, and what is missing is not replayed"
        )
    }
}
