import FoundationEssentials
import Management
import Relay

/// One site's copy of a pair's hook ledger: a global parameter, beside the records.
///
/// RabbitMQ has no compare-and-set, so only the holder of the site's lock may write.
public struct HookStore: Sendable {
    private let api: ManagementAPI
    private let site: String
    private let parameter: String

    /// Creates the store of a site.
    public init(site: Site, pair: String) {
        // Global parameters need the tag `policymaker`, which relaying does not.
        api = site.admin
        self.site = site.name
        parameter = PairNames(pair: pair).hooks
    }

    /// What the site has; `nil` if that is nothing yet.
    public func read() async throws(RecordError) -> HookLedger? {
        let value: JSONValue?
        do throws(ManagementError) {
            value = try await api.globalParameter(parameter)
        } catch {
            throw RecordError(.unavailable(error), site: site, parameter: parameter)
        }
        guard let value else { return nil }
        if let version = value["version"]?.integer, version != Int64(HookLedger.version) {
            throw RecordError(.unknownVersion(Int(version)), site: site, parameter: parameter)
        }
        do {
            let decoder = JSONDecoder()
            decoder.dateDecodingStrategy = .millisecondsSince1970
            return try decoder.decode(HookLedger.self, from: JSONEncoder().encode(value))
        } catch {
            throw RecordError(.malformed("\(error)"), site: site, parameter: parameter)
        }
    }

    /// Writes what is known together with what the site has, and reads it back.
    ///
    /// - Parameter lock: the site's, which the caller holds.
    /// - Returns: what the site has now.
    @discardableResult
    public func write(_ ledger: HookLedger, _ lock: HeldLock) async throws(RecordError) -> HookLedger {
        precondition(lock.site == site, "the lock of another site")
        var merged = ledger
        if let there = try await read() {
            merged.merge(there)
            if merged.isSame(as: there) { return there }
        }
        guard lock.isHeld else { throw RecordError(.notWhatWasWritten, site: site, parameter: parameter) }
        let value: JSONValue
        do {
            let encoder = JSONEncoder()
            encoder.dateEncodingStrategy = .millisecondsSince1970
            value = try JSONDecoder().decode(JSONValue.self, from: encoder.encode(merged))
        } catch {
            throw RecordError(.malformed("\(error)"), site: site, parameter: parameter)
        }
        do throws(ManagementError) {
            try await api.putGlobalParameter(parameter, value: value)
        } catch {
            throw RecordError(.unavailable(error), site: site, parameter: parameter)
        }
        guard let found = try await read(), found.isSame(as: merged) else {
            throw RecordError(.notWhatWasWritten, site: site, parameter: parameter)
        }
        return merged
    }
}
