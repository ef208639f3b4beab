/// Why a site's record is not known.
package struct RecordFault: Error, Sendable, Hashable {
    /// The site's name.
    package var site: String
    /// What happened and where, without what to do about it.
    package var summary: String
    /// What an operator can do.
    package var hint: String
    /// Whether the site's user lacks a right to read it.
    package var isForbidden: Bool

    /// Creates a description of a failure.
    package init(site: String, summary: String, hint: String, isForbidden: Bool = false) {
        self.site = site
        self.summary = summary
        self.hint = hint
        self.isForbidden = isForbidden
    }
}

/// What came of reading one site's record.
package enum RecordReading: Sendable, Hashable {
    /// The record of the highest epoch.
    case record(PairRecord)
    /// The site answered and has no record of the pair.
    case none
    /// The site answered, has no record of the pair, and has objects that only a pair with a record makes; some of them.
    case lost([String])
    /// The site's newest record is older than its objects, which tell that an epoch has ended there.
    case setBack(PairRecord, ended: Int, RecordFault)
    /// The site did not answer, or let nobody in.
    case unreachable(RecordFault)
    /// The site has a record that this Ropeway can't read.
    case unreadable(RecordFault)

    /// The record, if there is one that may be followed.
    package var record: PairRecord? {
        if case .record(let record) = self { record } else { nil }
    }
}
