import Leadership
import Management

extension RecordStore {
    /// Writes the record under the site's lock, reads it back, and drops those of epochs that are not kept.
    ///
    /// - Returns: the record as it is at the site now.
    /// - Throws: ``WriteRefusal``.
    func write(_ record: PairRecord, under lock: HeldLock) async throws(WriteRefusal) -> PairRecord {
        guard lock.isHeld else { throw WriteRefusal.lockLost(lock.site) }
        do throws(RecordError) {
            return try await write(record, generation: lock.generation)
        } catch {
            throw WriteRefusal(error)
        }
    }
}

extension WriteRefusal {
    static func lockLost(_ site: String) -> WriteRefusal {
        WriteRefusal(
            .refused,
            summary: "the lock of site '\(site)' is not held any more, and nothing was written",
            hint: "it is taken again as soon as the site answers"
        )
    }

    init(_ error: RecordError) {
        let kind: Kind =
            switch error.kind {
            case .superseded: .superseded
            case .unknownVersion, .malformed, .anotherVirtualHost: .refused
            case .notWhatWasWritten: .unknown
            case .unavailable(let cause):
                switch cause.kind {
                case .forbidden, .unauthorized, .notFound: .refused
                case .rejected: .refused
                case .unreachable, .timedOut, .cancelled, .unexpectedReply: .unknown
                }
            }
        self.init(kind, summary: error.summary, hint: error.hint)
    }
}
