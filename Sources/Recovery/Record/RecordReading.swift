/// What came of reading one site's record.
public enum RecordReading: Sendable, Hashable {
    /// The record of the highest epoch.
    case record(PairRecord)
    /// The site answered and has no record of the pair.
    case none
    /// The site did not answer, or let nobody in.
    case unreachable(RecordError)
    /// The site has a record that this Ropeway can't read.
    case unreadable(RecordError)

    /// Reads the record of a site.
    public static func of(_ store: RecordStore) async -> RecordReading {
        do throws(RecordError) {
            return try await store.read().map { .record($0) } ?? .none
        } catch {
            return RecordReading(error)
        }
    }

    /// What an error of reading means.
    public init(_ error: RecordError) {
        switch error.kind {
        case .unavailable: self = .unreachable(error)
        case .unknownVersion, .malformed, .superseded, .notWhatWasWritten: self = .unreadable(error)
        }
    }

    /// The record, if there is one.
    public var record: PairRecord? {
        if case .record(let record) = self { record } else { nil }
    }
}
