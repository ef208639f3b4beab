import ControlModel
import ErrorCodes
import Leadership

/// From which site to which the topology goes, by what the records say.
struct TopologyDirection: Sendable, Hashable {
    /// The site that it is taken from.
    var active: String
    /// The site that it is brought to.
    var standby: String
    /// The pair's epoch; `nil` before the pair was begun.
    var epoch: Int?

    /// - Parameters:
    ///   - view: what the records of both sites say together.
    ///   - sites: the names of both.
    ///   - configuredActive: what is gone by where no record can be read, as with a file in place of a site that is away:
    ///     for a look alone.
    ///   - isForWriting: whether the standby site is to be changed, which takes more certainty.
    /// - Throws: ``OperationError`` where that can't be told, or nothing may be written now.
    init(
        _ view: RecordView,
        sites: [String],
        configuredActive: String,
        isForWriting: Bool
    ) throws(OperationError) {
        let record: PairRecord?
        switch view {
        case .none(let active):
            // Both sites answered, and the pair was not begun: the topology may well be there before it is.
            self.active = active
            record = nil
        case .agreed(let found, _), .oneSided(let found, _), .superseding(let found, _):
            active = found.active
            record = found
        case .unknown where !isForWriting:
            active = configuredActive
            record = nil
        case .unknown:
            throw OperationError(
                .unknown,
                code: .recordUnknown,
                message: "which site is active is not known: \(view.summary); nothing was changed",
                hint: "check that the sites answer, and the rights of their users: `ropeway check`"
            )
        case .lost, .disagreeing, .unreadable:
            throw OperationError(
                .held,
                code: .recordsHeld,
                message: "the records of the sites can't be followed: \(view.summary); nothing was changed",
                hint: "look at the global parameters ropeway.* on both sites, and see docs/promotion.md"
            )
        }
        let active = active
        guard let other = sites.first(where: { $0 != active }) else {
            throw OperationError(
                .mismatch,
                code: .unknownSite,
                message: "the active site '\(active)' is not in the configuration; nothing was changed",
                hint: "name the sites as the record does"
            )
        }
        standby = other
        epoch = record?.epoch
        if isForWriting { try refuse(view, record) }
    }

    private func refuse(_ view: RecordView, _ record: PairRecord?) throws(OperationError) {
        if let operation = record?.operation {
            throw OperationError(
                .preconditionFailed,
                code: .operationUnderWay,
                message:
                    "operation \(operation.id), which promotes '\(operation.site)', is under way; nothing was changed",
                hint: "sync again when it has ended: `ropeway status`"
            )
        }
        if case .oneSided(_, let silent) = view, silent == standby {
            throw OperationError(
                .unknown,
                code: .siteSilent,
                message: "site '\(standby)' does not answer; nothing was changed",
                hint: "check that it runs, and its management API"
            )
        }
        if case .superseding(_, let outdated) = view, outdated.site == standby, outdated.mustBeFenced {
            throw OperationError(
                .held,
                code: .siteOutdated,
                message: "site '\(standby)' still takes itself for the active one; nothing was changed",
                hint: "let the daemon take it in as the standby site first"
            )
        }
    }
}
