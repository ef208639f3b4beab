import AMQP
import Pump
import Relay

extension PumpError {
    /// The permission that a replay lacks, or the store that it has no more, where that is why it does not go on.
    func refusal(_ exchange: String, _ site: Site, store: String) -> TopologyError? {
        switch self {
        case .source(let error) where error.refusal == .queueMissing:
            TopologyError(deletedStore: store, of: site)
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

extension TopologyError {
    /// A store that was there when its replay began.
    init(deletedStore store: String, of site: Site) {
        self.init(
            .storeLost,
            "store '\(store)' on site '\(site.name)' was deleted while it was replayed: what it still held is lost",
            hint: "look for who deleted it, and for these messages in the queues and the capture of the other site",
            object: store
        )
    }
}
