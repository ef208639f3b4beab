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
public struct RecordStore: Sendable {
    /// How many epochs are kept, so that an old export of the definitions, imported again, can't take the pair back.
    public static let keptEpochs = 3

    private let api: ManagementAPI
    private let site: String
    private let names: PairNames

    /// Creates the store of a site.
    public init(site: Site, pair: String) {
        // Global parameters need the tag `policymaker`, which relaying does not.
        self.init(api: site.admin, site: site.name, pair: pair)
    }

    init(api: ManagementAPI, site: String, pair: String) {
        self.api = api
        self.site = site
        names = PairNames(pair: pair)
    }

    /// The record of the highest epoch; `nil` if the site has none.
    public func read() async throws(RecordError) -> PairRecord? {
        guard let newest = try await parameters().first else { return nil }
        return try decode(newest.value, epoch: newest.epoch)
    }

    /// Writes the record, reads it back, and drops those of epochs that are not kept.
    ///
    /// - Parameter generation: of the site's lock, which the caller holds.
    /// - Returns: the record as it is at the site now.
    /// - Throws: ``RecordError``; with the kind superseded or notWhatWasWritten the caller no longer leads. After
    ///   unavailable, whether it was written is unknown.
    @discardableResult
    public func write(_ record: PairRecord, generation: UInt64) async throws(RecordError) -> PairRecord {
        let known = try await parameters()
        let name = names.record(epoch: record.epoch)
        if let newest = known.first {
            let there = try decode(newest.value, epoch: newest.epoch)
            guard there.epoch <= record.epoch, there.generation <= generation else {
                throw RecordError(
                    .superseded(epoch: there.epoch, generation: there.generation),
                    site: site,
                    parameter: names.record(epoch: there.epoch)
                )
            }
        }
        var written = record
        written.generation = generation
        let value = try encode(written, name)
        try await call { () throws(ManagementError) in try await api.putGlobalParameter(name, value: value) }
        let found = try await call { () throws(ManagementError) in try await api.globalParameter(name) }
        guard let found, try decode(found, epoch: record.epoch) == decode(value, epoch: record.epoch) else {
            throw RecordError(.notWhatWasWritten, site: site, parameter: name)
        }
        var epochs = known.map(\.epoch)
        if !epochs.contains(record.epoch) { epochs.insert(record.epoch, at: 0) }
        for epoch in epochs.dropFirst(Self.keptEpochs) {
            // What is left over goes with the next write, and this one is done.
            _ = try? await api.deleteGlobalParameter(names.record(epoch: epoch))
        }
        return written
    }

    /// Deletes all records of the pair, readable or not.
    public func removeAll() async throws(RecordError) {
        for epoch in try await parameters().map(\.epoch) {
            let name = names.record(epoch: epoch)
            _ = try await call { () throws(ManagementError) in try await api.deleteGlobalParameter(name) }
        }
    }

    // MARK: Parameters

    /// The pair's parameters, the highest epoch first. Other pairs, and other objects of this one, have names that go
    /// on with more than a number.
    private func parameters() async throws(RecordError) -> [(epoch: Int, value: JSONValue)] {
        let all = try await call { () throws(ManagementError) in try await api.globalParameters() }
        return all.compactMap { parameter -> (epoch: Int, value: JSONValue)? in
            guard parameter.name.hasPrefix(names.recordPrefix) else { return nil }
            let suffix = parameter.name.dropFirst(names.recordPrefix.count)
            guard let epoch = Int(suffix), String(epoch) == suffix, epoch >= 0 else { return nil }
            return (epoch, parameter.value)
        }.sorted { $0.epoch > $1.epoch }
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
            throw malformed(Self.explain(error))
        }
        guard record.epoch == epoch else { throw malformed("it says that it is of epoch \(record.epoch)") }
        guard record.pair == names.pair else { throw malformed("it says that it is of the pair '\(record.pair)'") }
        return record
    }

    private func encode(_ record: PairRecord, _ name: String) throws(RecordError) -> JSONValue {
        do {
            return try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(record))
        } catch {
            throw RecordError(.malformed(Self.explain(error)), site: site, parameter: name)
        }
    }

    private static func explain(_ error: any Error) -> String {
        func path(_ context: DecodingError.Context) -> String {
            context.codingPath.map(\.stringValue).joined(separator: ".")
        }
        return switch error {
        case DecodingError.keyNotFound(let key, let context):
            "'\(key.stringValue)' is missing\(context.codingPath.isEmpty ? "" : " in '\(path(context))'")"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
            DecodingError.dataCorrupted(let context):
            "'\(path(context))': \(context.debugDescription)"
        default: "\(error)"
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
