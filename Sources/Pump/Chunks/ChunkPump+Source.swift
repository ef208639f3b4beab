import NIOCore
import RabbitStream
import Waiting

/// Which stream the source is, and where to go on in it.
extension ChunkPump {
    /// Where a session begins.
    struct Place {
        /// The offset of the source to go on at; 0 where nothing of it was copied yet.
        var offset: UInt64
        /// Where to begin where nothing was.
        var first: OffsetSpecification
        var notes: CopyNotes
    }

    /// How long to wait where the source does not tell what it has.
    private static let holePause = Duration.seconds(1)

    /// No message before this offset is wanted.
    var leastOffset: UInt64 {
        guard generation == 0, case .offset(let offset) = start else { return 0 }
        return offset
    }

    /// Finds the newest reference under which something was published, or is about to be.
    func findGeneration(_ from: StreamConnection, _ to: StreamConnection) async throws(ChunkCopyError) {
        guard generation == nil else { return }
        var newest = 0
        while newest < ChunkReferences.most {
            let reference = references[newest + 1]
            let (isPublished, isNoted): (Bool, Bool)
            do throws(StreamError) {
                isPublished = try await to.queryPublisherSequence(reference: reference, stream: destination.stream) > 0
            } catch {
                throw ChunkCopyError(error, of: .destination)
            }
            do throws(StreamError) {
                let name = CopyNotes.source(reference)
                isNoted = try await from.queryOffset(reference: name, stream: source.stream) != nil
            } catch {
                throw ChunkCopyError(error, of: .source)
            }
            guard isPublished || isNoted else { break }
            newest += 1
        }
        generation = newest
    }

    /// Where to go on.
    func place(
        _ from: StreamConnection,
        _ to: StreamConnection,
        _ sequence: UInt64,
        _ earlier: ReferenceSeal.Position?
    ) async throws(ChunkCopyError) -> Place {
        if ReferenceSeal.isSeal(sequence) { throw .closed(reference: reference) }
        let notes = try await CopyNotes.read(
            reference,
            source: source.stream,
            from,
            destination: destination.stream,
            to
        )
        var place = Place(offset: sequence, first: start, notes: notes)
        if let earlier {
            // Without the note it is another stream: it is copied from its start.
            let before = try await CopyNotes.read(
                earlier.reference,
                source: source.stream,
                from,
                destination: destination.stream,
                to
            )
            place.offset = before.begin == nil ? 0 : earlier.copied
            return place
        }
        guard sequence == 0 else { return place }
        let isRefound = notes.begin != nil && notes.destination != nil
        if isRefound, let copied = notes.copied {
            // Nothing was published yet, or the destination has forgotten that.
            place.offset = copied
            if copied > notes.destination ?? copied { await note(.forgotten(from: copied)) }
        } else if let generation, generation > 0 {
            // A source that took the place of another is copied from its start; one that lost its end, from there on.
            let isShortened = try await isPublished(references[generation - 1], on: to)
            place.first = isShortened ? notes.begin.map { .offset($0) } ?? .first : .first
        }
        // What came after the copy was first started is not to be left out because nothing of it was copied yet.
        if place.first == .next, let begin = notes.begin { place.first = .offset(begin) }
        return place
    }

    private func isPublished(
        _ reference: String,
        on connection: StreamConnection
    ) async throws(ChunkCopyError) -> Bool {
        do throws(StreamError) {
            return try await connection.queryPublisherSequence(reference: reference, stream: destination.stream) > 0
        } catch {
            throw ChunkCopyError(error, of: .destination)
        }
    }

    /// Begins to consume, and makes sure that the source is the stream that was copied before, and is known again.
    ///
    /// - Returns: whether all that the source has was copied; `nil` where the pump was paused, the task cancelled or an end
    ///   lost before that was known.
    func subscribe(
        _ from: StreamConnection,
        _ to: StreamConnection,
        _ place: Place,
        isPublished: Bool,
        _ first: Waiter<UInt64?>
    ) async throws(ChunkCopyError) -> Bool? {
        var place = place
        if place.offset == 0, place.first == .next {
            let end = try await end() ?? 0
            try await note(begin: end, from, to)
            (place.first, place.notes.begin) = (.offset(end), end)
        }
        do throws(StreamError) {
            let before = eventLoop.now
            _ = try await from.queryOffset(reference: reference, stream: source.stream)
            roundTrip = eventLoop.now - before
            let offset = place.offset > 0 ? .offset(place.offset) : place.first
            _ = try await from.subscribe(source.stream, from: offset, credit: Self.firstCredit)
            // A stream that was deleted since takes the subscription with it, and the session.
            let name = CopyNotes.source(reference)
            if try await from.queryOffset(reference: name, stream: source.stream) == nil { place.notes.begin = nil }
        } catch {
            throw ChunkCopyError(error, of: .source)
        }
        guard let begin = place.notes.begin else {
            if isPublished { throw .sourceRecreated(copied: place.offset) }
            return try await noteFirst(from, to, place, first)
        }
        if place.notes.destination == nil { try await note(begin: begin, from, to) }
        return try await isAtEnd(place.offset)
    }

    /// Notes in both streams that the source is copied, and from where, before anything of it is published.
    private func noteFirst(
        _ from: StreamConnection,
        _ to: StreamConnection,
        _ place: Place,
        _ first: Waiter<UInt64?>
    ) async throws(ChunkCopyError) -> Bool? {
        phase = .running
        firstChunk = first
        defer { firstChunk = nil }
        if isPaused { first.resume(returning: nil) }
        guard let offset = await first.wait(orIfCancelled: nil) else { return nil }
        try await note(begin: max(offset, place.offset), from, to)
        return try await isAtEnd(place.offset)
    }

    // MARK: What the source has

    /// Whether the source has nothing that was not copied.
    private func isAtEnd(_ offset: UInt64) async throws(ChunkCopyError) -> Bool {
        guard offset > 0 else { return false }
        guard let end = try await end() else { return true }
        if end < offset { throw .sourceShortened(copied: offset, end: end) }
        return end == offset
    }

    /// The offset behind the newest message of the source; `nil` where it has none.
    private func end() async throws(ChunkCopyError) -> UInt64? {
        let probe = StreamEndProbe(of: source.stream, on: eventLoop, connection: source.connection)
        do {
            let found = try await probe.look()
            await probe.close()
            if case .at(let end) = found { return end }
            return nil
        } catch {
            throw ChunkCopyError(error, of: .source)
        }
    }

    /// Looks into what a session comes across, and has it go on behind it.
    func lookIntoHoles(_ holes: AsyncStream<Range<UInt64>>) async {
        for await hole in holes {
            while !Task.isCancelled, await !isSeenAndTold(hole) { try? await Task.sleep(for: Self.holePause) }
            guard !Task.isCancelled else { return }
            passed = hole.upperBound
            session?.passHole()
        }
    }

    /// Finds out whether retention has removed offsets that were left out, or brokers put something of their own there, and
    /// tells of it.
    ///
    /// - Returns: whether that is known, and told.
    private func isSeenAndTold(_ hole: Range<UInt64>) async -> Bool {
        guard let lost = await StreamHole.removed(hole, from: source.stream, source.connection, on: eventLoop) else {
            return false
        }
        if !lost.isEmpty { await note(.overtaken(from: lost.lowerBound, to: lost.upperBound)) }
        return true
    }
}
