/// What the records of both sites say together.
package enum RecordView: Sendable, Hashable {
    /// Both sites answered and neither has a record: the pair's first start, with the site that the configuration names.
    case none(active: String)
    /// Both sites have the same epoch and active site. If one's copy is older, as after a crash between two writes, or
    /// was written for the other site and came with its definitions, it is named and must be written before anything else.
    case agreed(PairRecord, behind: String?)
    /// Both sites answered and neither has a record, but the pair lived before: what it was is lost. HELD.
    case lost([String])
    /// One site has a record and the other does not answer, so it may have a higher epoch.
    case oneSided(PairRecord, unreachable: String)
    /// One site's record is of a higher epoch than the other's, as after a forced promotion. The higher counts.
    case superseding(PairRecord, Outdated)
    /// The sites contradict each other, or the configuration. Only a person can tell what is right: HELD.
    case disagreeing(Disagreement)
    /// A site has a record that can't be read. Whatever the other says, it may be outdated: HELD.
    case unreadable([RecordFault], other: PairRecord?)
    /// No record was found, and not every site answered, so that there may be one.
    case unknown([RecordFault])

    /// A site whose copy is of a lower epoch, or that has none.
    package struct Outdated: Sendable, Hashable {
        /// The site.
        package var site: String
        /// Its copy; `nil` if it has none, as a site that was rebuilt.
        package var record: PairRecord?
        /// Whether applications may still take the site for the active one, so that it is fenced before it is read or
        /// written.
        package var mustBeFenced: Bool

        /// Creates a description of a site that is behind.
        package init(site: String, record: PairRecord?, mustBeFenced: Bool) {
            self.site = site
            self.record = record
            self.mustBeFenced = mustBeFenced
        }
    }

    /// What can't be true at the same time.
    package enum Disagreement: Sendable, Hashable {
        /// The same epoch names two active sites: it was promoted to both.
        case twoActive(first: PairRecord, second: PairRecord)
        /// The same epoch and revision, with different contents: two wrote.
        case twoWriters(first: PairRecord, second: PairRecord)
        /// Each site has the copy that was written for the other: the configuration has the sites' names swapped.
        case swappedSites(PairRecord)
        /// The record names an active site that the configuration does not have.
        case unknownSite(PairRecord)
    }

    /// Combines what came of reading both sites.
    ///
    /// - Parameters:
    ///   - first: one site's name and reading.
    ///   - second: the other's.
    ///   - configuredActive: the active site at first start. Once there is a record, it alone counts.
    package init(
        _ first: (site: String, reading: RecordReading),
        _ second: (site: String, reading: RecordReading),
        configuredActive: String
    ) {
        self = Self.combine(first, second, configuredActive)
        let outdated = [first.reading, second.reading].compactMap { $0.fault(following: self.record) }
        if !outdated.isEmpty { self = .unreadable(outdated, other: nil) }
        let sites = [first.site, second.site]
        if let record = self.record, !sites.contains(record.active) { self = .disagreeing(.unknownSite(record)) }
    }

    /// The record that counts, as far as is known; `nil` if there is none, or only a person can tell.
    package var record: PairRecord? {
        switch self {
        case .agreed(let record, _), .oneSided(let record, _), .superseding(let record, _): record
        case .none, .lost, .disagreeing, .unreadable, .unknown: nil
        }
    }

    /// Whether nothing may be changed until a person has looked.
    package var isHeld: Bool {
        switch self {
        case .lost, .disagreeing, .unreadable: true
        case .none, .agreed, .oneSided, .superseding, .unknown: false
        }
    }

    /// What the records say, in a sentence.
    package var summary: String {
        switch self {
        case .none(let active): "no record yet; '\(active)' becomes the active site"
        case .lost(let objects):
            "no site has a record, and the pair lived before: there are \(objects.prefix(3).joined(separator: ", "))"
        case .agreed(let record, nil): "both sites say that '\(record.active)' is active in epoch \(record.epoch)"
        case .agreed(let record, let behind?):
            "'\(record.active)' is active in epoch \(record.epoch), and the copy of site '\(behind)' is older or that of the "
                + "other site"
        case .oneSided(let record, let site):
            "'\(record.active)' is active in epoch \(record.epoch), and site '\(site)' does not answer"
        case .superseding(let record, let outdated):
            "'\(record.active)' is active in epoch \(record.epoch), and the copy of site '\(outdated.site)' is outdated"
        case .disagreeing(.twoActive(let first, let second)):
            "epoch \(first.epoch) names two active sites, '\(first.active)' and '\(second.active)'"
        case .disagreeing(.twoWriters(let first, _)):
            "the copies of epoch \(first.epoch), revision \(first.revision), differ: two processes wrote"
        case .disagreeing(.swappedSites(let record)):
            "each site has the record of epoch \(record.epoch) that was written for the other one: the names of the sites are "
                + "swapped in the configuration"
        case .disagreeing(.unknownSite(let record)):
            "the active site of epoch \(record.epoch), '\(record.active)', is not in the configuration"
        case .unreadable(let errors, _), .unknown(let errors):
            errors.map(\.summary).joined(separator: "; ")
        }
    }

    private static func combine(
        _ first: (site: String, reading: RecordReading),
        _ second: (site: String, reading: RecordReading),
        _ configuredActive: String
    ) -> RecordView {
        switch (first.reading, second.reading) {
        case (.record(let one), .record(let two)):
            combine(one, at: first.site, two, at: second.site)
        case (.unreadable(let one), .unreadable(let two)):
            .unreadable([one, two], other: nil)
        case (.unreadable(let error), let other), (let other, .unreadable(let error)):
            .unreadable([error], other: other.record)
        case (.none, .none):
            .none(active: configuredActive)
        case (.lost(let one), .lost(let two)):
            .lost(one + two)
        case (.lost(let objects), .none), (.none, .lost(let objects)):
            .lost(objects)
        case (.lost, .unreachable(let error)), (.unreachable(let error), .lost):
            .unknown([error])
        case (.record(let record), .none), (.record(let record), .lost):
            .superseding(record, Outdated(second.site, nil, under: record))
        case (.none, .record(let record)), (.lost, .record(let record)):
            .superseding(record, Outdated(first.site, nil, under: record))
        case (.record(let record), .unreachable):
            .oneSided(record, unreachable: second.site)
        case (.unreachable, .record(let record)):
            .oneSided(record, unreachable: first.site)
        case (.unreachable(let one), .unreachable(let two)):
            .unknown([one, two])
        case (.unreachable(let error), .none), (.none, .unreachable(let error)):
            .unknown([error])
        case (.setBack(let record, _, _), _):
            combine((first.site, .record(record)), second, configuredActive)
        case (_, .setBack(let record, _, _)):
            combine(first, (second.site, .record(record)), configuredActive)
        }
    }

    private static func combine(
        _ one: PairRecord,
        at first: String,
        _ two: PairRecord,
        at second: String
    ) -> RecordView {
        if one.site == second, two.site == first {
            return .disagreeing(.swappedSites(one.isNewer(than: two) ? one : two))
        }
        if one.epoch > two.epoch { return .superseding(one, Outdated(second, two, under: one)) }
        if two.epoch > one.epoch { return .superseding(two, Outdated(first, one, under: two)) }
        if one.active != two.active { return .disagreeing(.twoActive(first: one, second: two)) }
        if one.revision > two.revision { return .agreed(one, behind: second) }
        if two.revision > one.revision { return .agreed(two, behind: first) }
        guard one.decidesTheSame(as: two) else { return .disagreeing(.twoWriters(first: one, second: two)) }
        guard one.saysTheSame(as: two) else {
            return first < second ? .agreed(one, behind: second) : .agreed(two, behind: first)
        }
        // A copy of the other's says nothing of its own site: it is written again, under that site's lock.
        if one.isForeign(at: first) { return .agreed(two, behind: first) }
        return .agreed(one, behind: two.isForeign(at: second) ? second : nil)
    }
}

extension RecordView.Outdated {
    /// A site is fenced if it is not the active one and may think that it is: its copy says so, or it has none although
    /// the pair was promoted before, so that it may have come back empty.
    fileprivate init(_ site: String, _ record: PairRecord?, under newer: PairRecord) {
        // A copy that was written for the other site does not say what this one was told last.
        let own = record.flatMap { $0.isForeign(at: site) ? nil : $0 }
        let thinksItIsActive = own.map { $0.active == site } ?? (newer.epoch > PairRecord.firstEpoch)
        self.init(site: site, record: record, mustBeFenced: newer.active != site && thinksItIsActive)
    }
}

extension RecordReading {
    /// Why a record can't be followed: the site knows that its epoch has ended, and no site has a newer one.
    fileprivate func fault(following record: PairRecord?) -> RecordFault? {
        guard case .setBack(_, let ended, let fault) = self, let record, record.epoch <= ended else { return nil }
        return fault
    }
}
