import Management
import Relay
import Schedule

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// One site's copy of what is planned for a pair: a global parameter, beside the records.
///
/// RabbitMQ has no compare-and-set, so only the holder of the site's lock may write.
public struct ScheduleStore: Sendable {
    /// How long what is read back may be what was there before.
    private static let settlingTime = Duration.seconds(2)
    private static let settlingInterval = Duration.milliseconds(100)

    private let api: ManagementAPI
    private let site: String
    private let parameter: String

    /// Creates the store of a site.
    public init(site: Site, pair: String) {
        // Global parameters need the tag `policymaker`, which relaying does not.
        api = site.admin
        self.site = site.name
        parameter = PairNames(pair: pair).schedule
    }

    /// What the site has; `nil` if that is nothing yet.
    public func read() async throws(RecordError) -> ScheduleRecord? {
        let value: JSONValue?
        do throws(ManagementError) {
            value = try await api.globalParameter(parameter)
        } catch {
            throw RecordError(.unavailable(error), site: site, parameter: parameter)
        }
        guard let value else { return nil }
        if let version = value["version"]?.integer, version != Int64(ScheduleRecord.knownVersion) {
            throw RecordError(.unknownVersion(Int(version)), site: site, parameter: parameter)
        }
        do {
            return try ScheduleCoding.decoder.decode(ScheduleRecord.self, from: JSONEncoder().encode(value))
        } catch {
            throw RecordError(.malformed("\(error)"), site: site, parameter: parameter)
        }
    }

    /// Writes what is known together with what the site has, and reads it back.
    ///
    /// - Parameter lock: the site's, which the caller holds.
    /// - Returns: what the site has now.
    @discardableResult
    public func write(_ record: ScheduleRecord, _ lock: HeldLock) async throws(RecordError) -> ScheduleRecord {
        precondition(lock.site == site, "the lock of another site")
        var merged = record
        if let there = try await read() {
            merged.merge(there)
            if merged.isSame(as: there) { return there }
        }
        guard lock.isHeld else { throw RecordError(.notWhatWasWritten, site: site, parameter: parameter) }
        merged.raiseRevision(above: merged.revision)
        let value: JSONValue
        do {
            value = try JSONDecoder().decode(JSONValue.self, from: ScheduleCoding.encoder.encode(merged))
        } catch {
            throw RecordError(.malformed("\(error)"), site: site, parameter: parameter)
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

    /// Another node than the one that took it may answer what was there before for a moment (Khepri, RabbitMQ 4).
    private func confirm(_ written: ScheduleRecord) async throws(RecordError) {
        let limit = ContinuousClock.now + Self.settlingTime
        while true {
            if let found = try await read(), found.isSame(as: written) { return }
            guard .now < limit, (try? await Task.sleep(for: Self.settlingInterval)) != nil else {
                throw RecordError(.notWhatWasWritten, site: site, parameter: parameter)
            }
        }
    }
}
