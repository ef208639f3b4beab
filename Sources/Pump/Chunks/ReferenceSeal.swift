import NIOCore
import RabbitStream
import Waiting

/// Closes what a copy is known by to the stream that it goes to: from then on the broker takes nothing that is published
/// under it, whoever does so and whatever it believes.
///
/// A mark is published under the copy's own reference, with an id above all that a copy uses. The broker keeps the highest
/// id of each reference with the stream, over restarts, leaders and retention, and drops what comes with a lower one. It
/// confirms that all the same: whoever is shut out believes that it was stored, so its word must count nowhere. How far
/// the copy had got is in the id of the mark.
package struct ReferenceSeal: Sendable {
    /// How far a closed copy had got.
    package struct Position: Sendable, Hashable {
        /// What it was known by.
        package var reference: String
        /// The offset of the source before which all was copied.
        package var copied: UInt64
    }

    private static let patience = TimeAmount.seconds(10)
    /// So many references in a row under which nothing was published are the end of them: a source may be lost again before
    /// anything of it was copied.
    private static let margin = 2

    private let references: ChunkReferences
    private let stream: String

    init(_ references: ChunkReferences, stream: String) {
        self.references = references
        self.stream = stream
    }

    /// - Parameter reference: what the copy is known by.
    package init(_ reference: String, stream: String) {
        self.init(ChunkReferences(reference), stream: stream)
    }

    static func isSeal(_ sequence: UInt64) -> Bool { OffsetMark.isMark(sequence) }

    /// How far a copy had got that has this sequence, closed or not.
    static func copied(_ sequence: UInt64) -> UInt64 { OffsetMark.offset(of: sequence) ?? sequence }

    /// How far the copy has got of the last source that it had; `nil` where nothing was copied.
    package func position(on connection: StreamConnection) async throws(StreamError) -> Position? {
        var last: Position?
        var unused = 0
        for generation in 0..<ChunkReferences.most where unused < Self.margin {
            let reference = references[generation]
            let sequence = try await connection.queryPublisherSequence(reference: reference, stream: stream)
            let copied = Self.copied(sequence)
            unused = copied > 0 ? 0 : unused + 1
            if copied > 0 { last = Position(reference: reference, copied: copied) }
        }
        return last
    }

    /// Whether nothing more is taken under any of the copy's references.
    package func isClosed(on connection: StreamConnection) async throws(StreamError) -> Bool {
        var unused = 0
        for generation in 0..<ChunkReferences.most where unused < Self.margin {
            let reference = references[generation]
            let sequence = try await connection.queryPublisherSequence(reference: reference, stream: stream)
            guard Self.isSeal(sequence) else { return false }
            unused = Self.copied(sequence) > 0 ? 0 : unused + 1
        }
        return true
    }

    /// Closes the copy. Idempotent.
    ///
    /// Whoever may still copy began its session before, under a reference that was published under, or one of the next
    /// that were not: a session that begins later has to be refused by other means. So these are all that are to be closed.
    ///
    /// - Parameter mark: the message that is put into the stream under each reference, in AMQP 1.0.
    package func close(
        _ configuration: StreamConnectionConfiguration,
        on eventLoop: any EventLoop,
        mark: (_ generation: Int) -> ByteBuffer
    ) async throws(StreamError) {
        let confirms = Locked<SealReceiver.Confirms>(.init())
        let connection = try await StreamConnection.connect(configuration, on: eventLoop) { _ in
            SealReceiver(confirms)
        }
        do throws(StreamError) {
            var unused = 0
            for generation in 0..<ChunkReferences.most where unused < Self.margin {
                let before = try await close(references[generation], mark(generation), connection, confirms)
                unused = Self.copied(before) > 0 ? 0 : unused + 1
            }
        } catch {
            await connection.close()
            throw error
        }
        await connection.close()
    }

    /// - Returns: the sequence that was there before.
    private func close(
        _ reference: String,
        _ mark: ByteBuffer,
        _ connection: StreamConnection,
        _ confirms: Locked<SealReceiver.Confirms>
    ) async throws(StreamError) -> UInt64 {
        let sequence = try await connection.queryPublisherSequence(reference: reference, stream: stream)
        if Self.isSeal(sequence) { return sequence }
        let publisher = try await connection.declarePublisher(reference: reference, stream: stream)
        let confirmed = Waiter<StreamError?>()
        confirms.withLock { $0.await(confirmed) }
        let entry = PublishEntry(OffsetMark.mark(sequence), message: mark)
        let eventLoop = connection.eventLoop
        do {
            try await eventLoop.submit {
                try connection.publish([entry], publisher: publisher)
                connection.flush()
            }.get()
        } catch {
            throw error as? StreamError ?? StreamError(.connectionLost, reason: "\(error)")
        }
        let late = StreamError(.timedOut, reason: "the stream '\(stream)' did not confirm that it is closed")
        let timeout = eventLoop.scheduleTask(in: Self.patience) { _ = confirmed.resume(returning: late) }
        let failure = await confirmed.wait(orIfCancelled: StreamError(.cancelled, reason: "the task was cancelled"))
        timeout.cancel()
        if let failure { throw failure }
        try await connection.deletePublisher(publisher)
        let after = try await connection.queryPublisherSequence(reference: reference, stream: stream)
        guard Self.isSeal(after) else {
            throw StreamError(.protocolViolation, reason: "the stream '\(stream)' does not show that it is closed")
        }
        return sequence
    }
}

/// Waits for the confirms of marks, one after the other.
private final class SealReceiver: StreamReceiver {
    struct Confirms: Sendable {
        private var waiting: Waiter<StreamError?>?
        private var failure: StreamError?

        mutating func await(_ waiter: Waiter<StreamError?>) {
            waiting = waiter
            if let failure { waiter.resume(returning: failure) }
        }

        mutating func end(_ error: StreamError?) {
            failure = failure ?? error
            waiting?.resume(returning: error)
        }
    }

    private let confirms: Locked<Confirms>

    init(_ confirms: Locked<Confirms>) { self.confirms = confirms }

    func confirmed(_ ids: PublishingIDs, publisher: UInt8) { confirms.withLock { $0.end(nil) } }

    func refused(_ refusals: [PublishRefusal], publisher: UInt8) {
        guard let first = refusals.first else { return }
        confirms.withLock { $0.end(StreamError(.refused, responseCode: first.code, reason: "\(first.code)")) }
    }

    func metadataChanged(_ change: StreamChange) {
        confirms.withLock { $0.end(StreamError(.refused, responseCode: change.code, reason: "\(change.code)")) }
    }

    func closed(_ error: StreamError) { confirms.withLock { $0.end(error) } }
}
