import NIOCore
import RabbitStream
import Waiting

/// What a copy notes in both streams, so that whoever goes on with it, and the source's consumers, know where they are.
extension ChunkPump {
    /// From one note of how far the source was copied to the next.
    private static let noteInterval = Duration.seconds(2)
    /// How long a note takes to be readable.
    private static let notePatience = Duration.seconds(5)

    /// Notes in both streams where the copy begins, and reads it back.
    func note(
        begin: UInt64,
        _ from: StreamConnection,
        _ to: StreamConnection
    ) async throws(ChunkCopyError) {
        do throws(StreamError) {
            try from.storeOffset(OffsetMark.mark(begin), reference: reference, stream: source.stream)
            try await store(begin, as: CopyNotes.source(reference), in: source.stream, on: from)
        } catch {
            throw ChunkCopyError(error, of: .source)
        }
        try await CopyNotes.checkDifference(reference, source: source.stream, destination: destination.stream, to)
        do throws(StreamError) {
            try await store(begin, as: CopyNotes.destination(reference), in: destination.stream, on: to)
        } catch {
            // Whoever may only write can't know it again where it has forgotten what was published.
            guard error.responseCode == .accessRefused else { throw ChunkCopyError(error, of: .destination) }
        }
    }

    private func store(
        _ begin: UInt64,
        as name: String,
        in stream: String,
        on connection: StreamConnection
    ) async throws(StreamError) {
        let deadline = ContinuousClock.now + Self.notePatience
        try connection.storeOffset(OffsetMark.mark(begin), reference: name, stream: stream)
        connection.flush()
        while try await connection.queryOffset(reference: name, stream: stream) == nil {
            guard ContinuousClock.now < deadline, (try? await Task.sleep(for: .milliseconds(50))) != nil else {
                throw StreamError(.timedOut, reason: "the offset that was stored can't be read back")
            }
        }
    }

    /// Notes in a source that lost its newest messages where the copy goes on under the next reference: what takes the
    /// offsets of those that it lost would be taken for them otherwise, once there are as many.
    func notePlaceOfNext(on connection: StreamConnection, begin: UInt64) async {
        guard let generation else { return }
        let name = CopyNotes.source(references[generation + 1])
        try? await store(begin, as: name, in: source.stream, on: connection)
    }

    /// Notes in the source how far it is copied.
    func keepNoting(on connection: StreamConnection) async {
        var noted = copied
        while (try? await Task.sleep(for: Self.noteInterval)) != nil {
            guard let session, let copied = session.machine.copied, copied != noted else { continue }
            try? connection.storeOffset(OffsetMark.mark(copied), reference: reference, stream: source.stream)
            let before = eventLoop.now
            guard (try? await connection.queryOffset(reference: reference, stream: source.stream)) != nil else {
                continue
            }
            session.measured(roundTrip: eventLoop.now - before)
            noted = copied
        }
    }

    /// Notes in the destination where the source's offsets are there, for the source's consumers.
    func keepPlaces(on connection: StreamConnection) async {
        guard notesPlaces else { return }
        let probe = StreamEndProbe(of: destination.stream, on: eventLoop, connection: destination.connection)
        var last: UInt64 = 0
        while (try? await Task.sleep(for: CopyPlaces.interval)) != nil {
            guard let session, session.machine.copied != last else { continue }
            // What is published after the sequence was asked for lies behind where the stream ended before that. Who may
            // only write there does not see that.
            guard case .at(let end) = try? await probe.look() else { continue }
            let sequence = try? await connection.queryPublisherSequence(
                reference: reference,
                stream: destination.stream
            )
            guard let sequence, sequence > last, !ReferenceSeal.isSeal(sequence) else { continue }
            let place = CopyPlace(source: sequence, destination: end)
            let number = CopyPlaces.number(at: WallClock.milliseconds())
            try? CopyPlaces.note(place, number, reference, in: destination.stream, on: connection)
            last = sequence
        }
        await probe.close()
    }

    /// Notes how far a session has got that has ended.
    func noteEnd(on connection: StreamConnection, _ session: ChunkSession) async {
        guard let copied = session.machine.copied, session.machine.counters.confirmed > 0 else { return }
        try? connection.storeOffset(OffsetMark.mark(copied), reference: reference, stream: source.stream)
        connection.flush()
    }
}
