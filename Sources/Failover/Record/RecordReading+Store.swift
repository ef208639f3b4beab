import Leadership

extension RecordReading {
    /// Reads the record of a site.
    package static func of(_ store: RecordStore) async -> RecordReading {
        do throws(RecordError) {
            return try await store.read().map { .record($0) } ?? .none
        } catch {
            return RecordReading(error)
        }
    }

    /// What an error of reading means.
    package init(_ error: RecordError) {
        switch error.kind {
        case .unavailable: self = .unreachable(error.fault)
        case .unknownVersion, .malformed, .anotherVirtualHost, .superseded, .notWhatWasWritten:
            self = .unreadable(error.fault)
        }
    }
}
