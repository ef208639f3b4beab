import Leadership
import Management
import Relay

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// One site's copies of a pair's record: global parameters, one an epoch.
///
/// RabbitMQ has no compare-and-set, so only the holder of the site's lock may write.
package struct RecordStore: Sendable {
    /// How many epochs are kept, so that an old export of the definitions, imported again, can't take the pair back.
    package static let keptEpochs = 3
    /// How long what is read back may be what was there before.
    private static let settlingTime = Duration.seconds(2)
    private static let settlingInterval = Duration.milliseconds(100)

    private let api: ManagementAPI
    private let site: String
    private let virtualHost: String?
    private let names: PairNames

    /// Creates the store of a site.
    package init(site: Site, pair: String) {
        // Global parameters need the tag `policymaker`, which relaying does not.
        self.init(api: site.admin, site: site.name, virtualHost: site.virtualHost, pair: pair)
    }

    init(api: ManagementAPI, site: String, virtualHost: String? = nil, pair: String) {
        self.api = api
        self.site = site
        self.virtualHost = virtualHost
        names = PairNames(pair: pair)
    }

    /// The record of the highest epoch; `nil` if the site has none.
    package func read() async throws(RecordError) -> PairRecord? {
        try counting(try await contents())
    }

    /// The same, with the sites that what the pair wrote there was written for.
    func readMarked() async throws(RecordError) -> (record: PairRecord?, marks: SiteMarks) {
        let found = try await contents()
        return (try counting(found), found.marks)
    }

    /// The record that counts. The newest has to be readable; of the older ones, what can be read says which operations
    /// were taken back.
    private func counting(_ contents: Contents) throws(RecordError) -> PairRecord? {
        guard let newest = contents.records.first else { return nil }
        let first = try decode(newest.value, epoch: newest.epoch)
        let older = contents.records.dropFirst().compactMap { try? decode($0.value, epoch: $0.epoch) }
        return PairRecord.counting([first] + older)
    }

    /// Writes the record, reads it back, and drops those of epochs that are not kept.
    ///
    /// A copy that was written for another site, as copied definitions bring one along, is written over whatever its
    /// generation, which another lock counted; its epoch counts.
    ///
    /// - Parameter generation: of the site's lock, which the caller holds.
    /// - Returns: the record as it is at the site now.
    /// - Throws: ``RecordError``; with the kind superseded or notWhatWasWritten the caller no longer leads. After
    ///   unavailable, whether it was written is unknown.
    @discardableResult
    package func write(_ record: PairRecord, generation: UInt64) async throws(RecordError) -> PairRecord {
        let known = try await contents()
        let name = names.record(epoch: record.epoch)
        if let there = try counting(known) {
            let highest = max(known.generation, there.isForeign(at: site) ? 0 : there.generation)
            guard there.epoch <= record.epoch, highest <= generation, !there.goesBeyond(record, at: site) else {
                throw RecordError(
                    .superseded(epoch: there.epoch, generation: highest),
                    site: site,
                    parameter: names.record(epoch: there.epoch)
                )
            }
        }
        var written = record
        written.generation = generation
        written.site = site
        written.virtualHost = virtualHost
        let value = try encode(written, name)
        let expected = try decode(value, epoch: record.epoch)
        try await put(name, value) { (found) throws(RecordError) in
            try decode(found, epoch: record.epoch) == expected
        }
        try await confirm(expected, generation)
        var epochs = known.records.map(\.epoch)
        if !epochs.contains(record.epoch) { epochs.insert(record.epoch, at: 0) }
        for epoch in epochs.dropFirst(Self.keptEpochs) {
            // What is left over goes with the next write, and this one is done.
            _ = try? await api.deleteGlobalParameter(names.record(epoch: epoch))
        }
        return written
    }

    /// Sees that a record that was written counts. It does not where this process was frozen on the way to writing it, and
    /// another has led since.
    private func confirm(_ written: PairRecord, _ generation: UInt64) async throws(RecordError) {
        let limit = ContinuousClock.now + Self.settlingTime
        while true {
            let after = try await contents()
            let isLeading = after.generation <= generation
            if isLeading, try counting(after) == written { return }
            guard isLeading, .now < limit, (try? await Task.sleep(for: Self.settlingInterval)) != nil else {
                throw RecordError(
                    .superseded(epoch: written.epoch, generation: after.generation),
                    site: site,
                    parameter: names.record(epoch: written.epoch)
                )
            }
        }
    }

    // MARK: The lock's generation

    /// The highest generation of the site's lock under which anything was written here; 0 for none.
    ///
    /// A record that can't be read counts as none: whoever reads it says so.
    func highestGeneration() async throws(RecordError) -> UInt64 {
        let known = try await contents()
        let records = known.records.compactMap { try? decode($0.value, epoch: $0.epoch) }
        return records.filter { !$0.isForeign(at: site) }.map(\.generation).reduce(known.generation, max)
    }

    /// Makes the generation of a lock that was just taken the lowest that may write, so that its earlier holder can't
    /// write any more. Nothing where the site has no record yet.
    ///
    /// It is beside the record and not in it: the record would have to be read and written again, and what the earlier
    /// holder writes in between would be taken back.
    func claim(generation: UInt64) async throws(RecordError) {
        let known = try await contents()
        guard !known.records.isEmpty else { return }
        guard known.generation < generation else { return }
        let value = LockClaim(site: site, generation: generation).json
        try await put(names.lockGeneration, value) { $0 == value }
    }

    /// Writes a parameter and reads it back. Another node than the one that took it may answer what was there before for
    /// a moment (Khepri, RabbitMQ 4).
    private func put(
        _ name: String,
        _ value: JSONValue,
        isWritten: (JSONValue) throws(RecordError) -> Bool
    ) async throws(RecordError) {
        try await call { () throws(ManagementError) in try await api.putGlobalParameter(name, value: value) }
        let limit = ContinuousClock.now + Self.settlingTime
        while true {
            let found = try await call { () throws(ManagementError) in try await api.globalParameter(name) }
            if let found, try isWritten(found) { return }
            guard .now < limit, (try? await Task.sleep(for: Self.settlingInterval)) != nil else {
                throw RecordError(.notWhatWasWritten, site: site, parameter: name)
            }
        }
    }

    /// Deletes all records of the pair, readable or not.
    package func removeAll() async throws(RecordError) {
        for name in try await contents().records.map({ names.record(epoch: $0.epoch) }) + [names.lockGeneration] {
            _ = try await call { () throws(ManagementError) in try await api.deleteGlobalParameter(name) }
        }
    }

    // MARK: Parameters

    /// What the site has of the pair: its records, the highest epoch first, and the generation of its lock; 0 for none.
    private struct Contents {
        var records: [(epoch: Int, value: JSONValue)] = []
        var generation: UInt64 = 0
        var marks = SiteMarks([])
    }

    /// Other pairs, and other objects of this one, have names that go on with more than a number.
    private func contents() async throws(RecordError) -> Contents {
        let all = try await call { () throws(ManagementError) in try await api.globalParameters() }
        var contents = Contents(marks: SiteMarks(all, pair: names.pair))
        for parameter in all {
            if parameter.name == names.lockGeneration, let claim = LockClaim(parameter.value), claim.site == site {
                contents.generation = claim.generation
            }
            guard parameter.name.hasPrefix(names.recordPrefix) else { continue }
            let suffix = parameter.name.dropFirst(names.recordPrefix.count)
            guard let epoch = Int(suffix), String(epoch) == suffix, epoch >= 0 else { continue }
            contents.records.append((epoch, parameter.value))
        }
        contents.records.sort { $0.epoch > $1.epoch }
        return contents
    }

    private func decode(_ value: JSONValue, epoch: Int) throws(RecordError) -> PairRecord {
        let name = names.record(epoch: epoch)
        func malformed(_ what: String) -> RecordError { RecordError(.malformed(what), site: site, parameter: name) }
        // The version comes first: what it changes may be anything else.
        guard let version = value["version"]?.integer else { throw malformed("it has no version") }
        guard version == Int64(PairRecord.knownVersion) else {
            throw RecordError(.unknownVersion(Int(version)), site: site, parameter: name)
        }
        let record: PairRecord
        do {
            record = try JSONDecoder().decode(PairRecord.self, from: JSONEncoder().encode(value))
        } catch {
            throw malformed(RecordError.explain(error))
        }
        // Records are the whole cluster's, and locks and objects a virtual host's.
        if let virtualHost, let other = record.virtualHost, other != virtualHost, !record.isForeign(at: site) {
            throw RecordError(.anotherVirtualHost(other), site: site, parameter: name)
        }
        guard record.epoch == epoch else { throw malformed("it says that it is of epoch \(record.epoch)") }
        guard record.pair == names.pair else { throw malformed("it says that it is of the pair '\(record.pair)'") }
        return record
    }

    private func encode(_ record: PairRecord, _ name: String) throws(RecordError) -> JSONValue {
        do {
            return try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(record))
        } catch {
            throw RecordError(.malformed(RecordError.explain(error)), site: site, parameter: name)
        }
    }

    private func call<Value>(
        _ body: () async throws(ManagementError) -> Value
    ) async throws(RecordError) -> Value {
        do {
            return try await body()
        } catch {
            throw RecordError(.unavailable(error), site: site, parameter: names.recordPrefix)
        }
    }
}
