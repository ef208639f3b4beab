import RabbitStream

/// What a copy leaves in both streams, as stored offsets (``OffsetMark``), so that whoever goes on with it knows them again.
/// A stored offset goes with its stream, so that one that was declared again is known for another.
struct CopyNotes: Sendable {
    /// Says in the source that it is copied under a reference.
    static func source(_ reference: String) -> String { "\(reference).source" }
    /// Says in the destination that it is the stream that a copy was begun in.
    static func destination(_ reference: String) -> String { "\(reference).copy" }

    /// Where the copy begins in the source; `nil` where that is not the stream that is copied under this reference.
    var begin: UInt64?
    /// How far the source was copied when that was last noted.
    var copied: UInt64?
    /// Where the copy began when its destination was taken; `nil` where that is another stream, or refuses to tell.
    var destination: UInt64?

    /// Reads what is noted of a reference.
    static func read(
        _ reference: String,
        source: String,
        _ from: StreamConnection,
        destination: String,
        _ to: StreamConnection
    ) async throws(ChunkCopyError) -> CopyNotes {
        var notes = CopyNotes()
        do throws(StreamError) {
            notes.copied = try await from.queryOffset(reference: reference, stream: source).flatMap(OffsetMark.offset)
            notes.begin = try await from.queryOffset(reference: Self.source(reference), stream: source)
                .flatMap(OffsetMark.offset)
        } catch {
            throw ChunkCopyError(error, of: .source)
        }
        notes.destination = try await noted(Self.destination(reference), in: destination, to)
            .flatMap(OffsetMark.offset)
        if notes.begin != nil { try await checkDifference(reference, source: source, destination: destination, to) }
        return notes
    }

    /// Makes sure that the destination has no note that was left in the source: two streams of one name may be one stream,
    /// whatever address leads there.
    static func checkDifference(
        _ reference: String,
        source: String,
        destination: String,
        _ to: StreamConnection
    ) async throws(ChunkCopyError) {
        guard source == destination else { return }
        if try await noted(Self.source(reference), in: destination, to) != nil { throw .sameStream }
    }

    /// An offset that is stored in the destination. What whoever may only write may not read is not known.
    private static func noted(
        _ reference: String,
        in stream: String,
        _ connection: StreamConnection
    ) async throws(ChunkCopyError) -> UInt64? {
        do throws(StreamError) {
            return try await connection.queryOffset(reference: reference, stream: stream)
        } catch {
            guard error.responseCode == .accessRefused else { throw ChunkCopyError(error, of: .destination) }
            return nil
        }
    }
}
