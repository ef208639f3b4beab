import NIOCore
import RabbitStream
import Waiting

/// Takes what arrives from the source's broker.
final class ChunkSourceReceiver: StreamReceiver {
    /// Gets the offset of the first chunk, or `nil` where the connection ended before.
    private let first: Waiter<UInt64?>
    /// Who is told; nobody before the session has begun.
    private weak var session: ChunkSession?
    /// What came before that: as many chunks as there was credit for.
    private var early: [(chunk: Chunk, subscription: UInt8)] = []
    /// Why the source was lost before the session began.
    private(set) var failure: ChunkCopyError?

    init(first: Waiter<UInt64?>) { self.first = first }

    /// Hands on to a session what came before it, and what comes from now on.
    func begin(_ session: ChunkSession) {
        self.session = session
        for (chunk, subscription) in early { session.received(chunk, subscription: subscription) }
        early = []
        if let failure { session.fail(failure) }
        session.readCompleted()
    }

    func received(_ chunk: Chunk, subscription: UInt8) {
        if let session { return session.received(chunk, subscription: subscription) }
        early.append((chunk, subscription))
        first.resume(returning: chunk.firstOffset)
    }

    func readCompleted() { session?.readCompleted() }

    func metadataChanged(_ change: StreamChange) { fail(.sourceUnavailable(change.code)) }

    func creditRefused(_ code: ResponseCode, subscription: UInt8) { fail(.sourceUnavailable(code)) }

    func closed(_ error: StreamError) { fail(.source(error)) }

    private func fail(_ error: ChunkCopyError) {
        failure = failure ?? error
        first.resume(returning: nil)
        session?.fail(error)
    }
}

/// Takes what arrives from the destination's broker.
final class ChunkDestinationReceiver: StreamReceiver {
    /// Gets `nil` where the connection ended before the first chunk.
    private let first: Waiter<UInt64?>
    private weak var session: ChunkSession?
    /// Why the destination was lost before the session began.
    private(set) var failure: ChunkCopyError?

    init(first: Waiter<UInt64?>) { self.first = first }

    func begin(_ session: ChunkSession) {
        self.session = session
        if let failure { session.fail(failure) }
    }

    func confirmed(_ ids: PublishingIDs, publisher: UInt8) { session?.confirmed(ids) }

    func refused(_ refusals: [PublishRefusal], publisher: UInt8) { session?.refused(refusals) }

    func metadataChanged(_ change: StreamChange) { fail(.destinationUnavailable(change.code)) }

    func closed(_ error: StreamError) { fail(.destination(error)) }

    private func fail(_ error: ChunkCopyError) {
        failure = failure ?? error
        first.resume(returning: nil)
        session?.fail(error)
    }
}
