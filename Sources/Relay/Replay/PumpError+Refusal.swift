import AMQP
import Pump

extension PumpError {
    /// The permission that a replay lacks, where that is why it does not go on.
    func refusal(_ exchange: String, _ site: Site) -> TopologyError? {
        switch self {
        case .destination(let error) where error.isLackOfRights && error.code == .channelClosedByBroker:
            .permissionMissing(error, on: exchange, site: site)
        case .source(let error) where error.isLackOfRights, .destination(let error) where error.isLackOfRights:
            TopologyError(
                .missingRights,
                "site '\(site.name)': \(error.summary)",
                hint: "\(error.hint); see docs/permissions.md",
                object: exchange
            )
        case .quarantineFailed(_, let reason) where reason.contains("ACCESS_REFUSED"):
            TopologyError(
                .missingRights,
                "site '\(site.name)': \(self)",
                hint: "give the user the permissions of quarantines; see docs/permissions.md",
                object: exchange
            )
        default:
            nil
        }
    }
}
