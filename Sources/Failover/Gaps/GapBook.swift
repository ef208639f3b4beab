import ControlModel
import ErrorCodes
import FoundationEssentials
import Leadership
import Logging
import Relay

/// The gaps of a pair as this process knows them, and how far the sites' copies are behind.
struct GapBook {
    var ledger = GapLedger()
    /// The sites whose copy is behind.
    var outdated: Set<String> = []
    /// Whether what the brokers have was read since this process began.
    var isLoaded = false
    /// Why a site's copy can't be read, though the site answers: until somebody mends it.
    private var unreadable: [String: RecordError] = [:]
    private let logger: Logger

    init(logger: Logger) { self.logger = logger }

    mutating func markOutdated(_ situation: PairWatch.Situation) {
        outdated.formUnion([situation.active.name, situation.standby.name])
    }

    /// Notes a hole; one that opens a gap is logged.
    mutating func record(_ finding: GapFinding, at now: Date) {
        let before = ledger.open.count
        ledger.record(finding, at: now)
        guard ledger.open.count > before else { return }
        logger.error(
            "gap",
            metadata: [
                "route": "\(finding.route)", "site": "\(finding.site)", "reason": "\(finding.reason.rawValue)",
                "detail": "\(finding.detail)",
            ]
        )
    }

    /// Notes what was last seen of the routes' objects at a site.
    ///
    /// - Parameter always: whether it is written down whatever was before, as where nobody looks again.
    /// - Returns: whether any of that is worth writing down.
    mutating func know(
        _ objects: [String: KnownObjects],
        site: String,
        role: GapLedger.Role,
        always: Bool
    ) -> Bool {
        // Where one is worth it, all are written with it: each in its own time, all would be written again and again.
        let isDue = always || objects.contains { ledger.isDue($1, site: site, route: $0, role: role) }
        guard isDue else { return false }
        for (route, known) in objects { _ = ledger.know(known, site: site, route: route, role: role, always: true) }
        return !objects.isEmpty
    }

    /// What is wrong with a site's copy of the gaps, where a person has to mend it.
    var fault: OperationError? {
        guard let error = unreadable.min(by: { $0.key < $1.key })?.value else { return nil }
        return OperationError(
            .held,
            code: .gapsUnreadable,
            message: "the gaps that are kept at site '\(error.site)' can't be read: \(error.summary)",
            hint: "restore the parameter from an export of the definitions; or delete it on both sites, which forgets "
                + "the gaps that nobody took note of"
        )
    }

    /// Takes note of what came of reading or writing a site's copy. A site that does not answer says nothing of it.
    mutating func note(_ error: RecordError?, at site: String) {
        switch error?.kind {
        case .unavailable, .superseded, .notWhatWasWritten: return
        case nil: unreadable[site] = nil
        case .malformed, .unknownVersion, .anotherVirtualHost:
            let isNew = unreadable[site] == nil
            unreadable[site] = error
            if isNew, let fault { logger.error("gaps can't be read", metadata: ["error": "\(fault.message)"]) }
        }
    }
}
