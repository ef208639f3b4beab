import FoundationEssentials
import Management
import Relay
import Schedule

/// What is kept of a pair beside its records, a copy at each site: copies that went different ways are merged.
protocol MergedContent: Sendable, Codable {
    /// The version of its form that this Ropeway knows.
    static var version: Int { get }
    /// The name of the global parameter.
    static func parameter(of names: PairNames) -> String
    static var encoder: JSONEncoder { get }
    static var decoder: JSONDecoder { get }
    /// Takes over what another copy has and this one has not, or has older.
    mutating func merge(_ other: Self)
    /// Whether what would be written is the same.
    func isSame(as other: Self) -> Bool
    /// Called on what is about to be written.
    mutating func prepareForWriting()
}

extension MergedContent {
    static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .millisecondsSince1970
        return encoder
    }

    static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .millisecondsSince1970
        return decoder
    }

    mutating func prepareForWriting() {}
}

extension GapLedger: MergedContent {
    static func parameter(of names: PairNames) -> String { names.gaps }
}

extension HookLedger: MergedContent {
    static func parameter(of names: PairNames) -> String { names.hooks }
}

extension LossLedger: MergedContent {
    static func parameter(of names: PairNames) -> String { names.losses }
}

extension PauseLedger: MergedContent {
    static func parameter(of names: PairNames) -> String { names.pauses }
}

extension ScheduleRecord: MergedContent {
    static var version: Int { knownVersion }
    static var encoder: JSONEncoder { ScheduleCoding.encoder }
    static var decoder: JSONDecoder { ScheduleCoding.decoder }
    static func parameter(of names: PairNames) -> String { names.schedule }
    mutating func prepareForWriting() { raiseRevision(above: revision) }
}

/// One site's copy of what is kept of a pair beside its records: a global parameter.
///
/// RabbitMQ has no compare-and-set, so only the holder of the site's lock may write.
struct MergedParameter<Content: MergedContent>: Sendable {
    /// How long what is read back may be what was there before: another node than the one that took it may answer
    /// (Khepri, RabbitMQ 4).
    private static var settlingTime: Duration { .seconds(2) }
    private static var settlingInterval: Duration { .milliseconds(100) }

    private let api: ManagementAPI
    private let site: String
    private let parameter: String

    /// The copy of a site.
    init(site: Site, pair: String) {
        // Global parameters need the tag `policymaker`, which relaying does not.
        api = site.admin
        self.site = site.name
        parameter = Content.parameter(of: PairNames(pair: pair))
    }

    /// What the site has; `nil` if that is nothing yet.
    func read() async throws(RecordError) -> Content? {
        let value: JSONValue?
        do throws(ManagementError) {
            value = try await api.globalParameter(parameter)
        } catch {
            throw RecordError(.unavailable(error), site: site, parameter: parameter)
        }
        guard let value else { return nil }
        if let version = value["version"]?.integer, version != Int64(Content.version) {
            throw RecordError(.unknownVersion(Int(version)), site: site, parameter: parameter)
        }
        do {
            return try Content.decoder.decode(Content.self, from: JSONEncoder().encode(value))
        } catch {
            throw RecordError(.malformed(RecordError.explain(error)), site: site, parameter: parameter)
        }
    }

    /// Writes what is known together with what the site has, and reads it back.
    ///
    /// - Parameter lock: the site's, which the caller holds.
    /// - Returns: what the site has now.
    @discardableResult
    func write(_ content: Content, _ lock: HeldLock) async throws(RecordError) -> Content {
        precondition(lock.site == site, "the lock of another site")
        var merged = content
        if let there = try await read() {
            merged.merge(there)
            if merged.isSame(as: there) { return there }
        }
        guard lock.isHeld else { throw RecordError(.notWhatWasWritten, site: site, parameter: parameter) }
        merged.prepareForWriting()
        let value: JSONValue
        do {
            value = try JSONDecoder().decode(JSONValue.self, from: Content.encoder.encode(merged))
        } catch {
            throw RecordError(.malformed(RecordError.explain(error)), site: site, parameter: parameter)
        }
        do throws(ManagementError) {
            try await api.putGlobalParameter(parameter, value: value)
        } catch {
            throw RecordError(.unavailable(error), site: site, parameter: parameter)
        }
        try await confirm(merged)
        guard lock.isHeld else { throw RecordError(.notWhatWasWritten, site: site, parameter: parameter) }
        return merged
    }

    private func confirm(_ written: Content) async throws(RecordError) {
        let limit = ContinuousClock.now + Self.settlingTime
        while true {
            if let found = try await read(), found.isSame(as: written) { return }
            guard .now < limit, (try? await Task.sleep(for: Self.settlingInterval)) != nil else {
                throw RecordError(.notWhatWasWritten, site: site, parameter: parameter)
            }
        }
    }
}
