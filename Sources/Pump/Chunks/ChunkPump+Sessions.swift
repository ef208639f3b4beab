import NIOCore
import RabbitStream
import Transport
import Waiting

/// One session after the other.
extension ChunkPump {
    /// From one note of how far the source was copied to the next: where retention removes what is older, the note goes
    /// with it.
    private static let noteInterval = Duration.seconds(2)
    /// How long a note takes to be readable.
    private static let notePatience = Duration.seconds(5)
    private static let firstCredit: UInt16 = 2
    /// Id and header of an entry.
    private static let entryOverhead = 19

    func runSession() async -> ChunkSession.End {
        beginSession()
        var connections: [StreamConnection] = []
        let end: ChunkSession.End
        do throws(ChunkCopyError) {
            end = try await runSession(&connections)
        } catch {
            end = Task.isCancelled ? .stopped(drained: false) : .failed(error)
        }
        phase = .waiting
        for connection in connections { await connection.close() }
        return end
    }

    private func runSession(
        _ connections: inout [StreamConnection]
    ) async throws(ChunkCopyError) -> ChunkSession.End {
        let first = Waiter<UInt64?>()
        let confirms = NIOLoopBoundBox<ChunkDestinationReceiver?>(nil, eventLoop: eventLoop)
        let to = try await open(.destination, destination) { _ in
            let receiver = ChunkDestinationReceiver(first: first)
            confirms.value = receiver
            return receiver
        }
        connections.append(to)
        destinationVersion = to.serverVersion
        let (publisher, sequence, earlier) = try await publisher(on: to)

        let chunks = NIOLoopBoundBox<ChunkSourceReceiver?>(nil, eventLoop: eventLoop)
        let from = try await open(.source, source) { _ in
            let receiver = ChunkSourceReceiver(first: first)
            chunks.value = receiver
            return receiver
        }
        connections.append(from)
        sourceVersion = from.serverVersion
        guard let receiver = chunks.value, let confirming = confirms.value else { return .stopped(drained: false) }
        let place = try await place(in: from, sequence, earlier)
        if place > 0 { copied = place }
        guard try await subscribe(on: from, sequence, place, first) else {
            if let failure = receiver.failure ?? confirming.failure { throw failure }
            return .stopped(drained: true)
        }
        let session = try begin(from, to, publisher, place)
        confirming.begin(session)
        receiver.begin(session)
        session.tickRepeatedly()
        if isPaused { stopSession() }
        // It is cancelled and awaited when this scope ends.
        async let _: Void = keepNoting(on: from)
        let end = await end(of: session)
        retire(session)
        return end
    }

    private func begin(
        _ from: StreamConnection,
        _ to: StreamConnection,
        _ publisher: UInt8,
        _ place: UInt64
    ) throws(ChunkCopyError) -> ChunkSession {
        var machine = ChunkCopyStateMachine(
            sequence: place,
            limits: limits,
            cut: min(ChunkLimits.cut, to.maximumEntryBytes - Self.entryOverhead),
            credited: Int(Self.firstCredit),
            now: eventLoop.now
        )
        if let roundTrip { machine.measured(roundTrip: roundTrip) }
        let session = ChunkSession(
            from: from,
            to: to,
            publisher: publisher,
            machine,
            eventLoop: eventLoop
        ) { [weak self] hole in
            self?.assumeIsolated { $0.holes.append(hole) }
        }
        self.session = session
        phase = .running
        return session
    }

    /// Waits for the end; cancelling the task stops the session, and after a while ends it.
    private func end(of session: ChunkSession) async -> ChunkSession.End {
        let end = session.end
        return await withTaskCancellationHandler {
            (try? await end.get()) ?? .stopped(drained: false)
        } onCancel: {
            eventLoop.execute { self.assumeIsolated { $0.stopSession() } }
        }
    }

    // MARK: Connecting

    private func open(
        _ side: PumpSide,
        _ end: ChunkEnd,
        receiver: @escaping @Sendable (StreamConnection) -> any StreamReceiver
    ) async throws(ChunkCopyError) -> StreamConnection {
        do {
            let connection = try await StreamConnection.connect(end.connection(), on: eventLoop, receiver: receiver)
            do {
                try await end.prepare(connection)
            } catch {
                await connection.close()
                throw error
            }
            return connection
        } catch {
            throw ChunkCopyError(error, of: side)
        }
    }

    /// Declares the publisher, under the newest reference that was published under, and asks how far it got.
    ///
    /// - Returns: the publisher, its sequence, and where nothing was published yet, how far an earlier copy had got.
    private func publisher(
        on connection: StreamConnection
    ) async throws(ChunkCopyError) -> (publisher: UInt8, sequence: UInt64, earlier: ReferenceSeal.Position?) {
        do throws(StreamError) {
            let stream = destination.stream
            var newest = generation ?? 0
            while generation == nil, newest < ChunkReferences.most,
                try await connection.queryPublisherSequence(reference: references[newest + 1], stream: stream) > 0
            { newest += 1 }
            generation = newest
            let publisher = try await connection.declarePublisher(reference: reference, stream: stream)
            let sequence = try await connection.queryPublisherSequence(reference: reference, stream: stream)
            // Whatever was sent under it now would be confirmed and dropped.
            guard !ReferenceSeal.isSeal(sequence) else { return (publisher, sequence, nil) }
            guard sequence == 0, newest == 0 else { return (publisher, sequence, nil) }
            for references in earlier {
                if let position = try await ReferenceSeal(references, stream: stream).position(on: connection) {
                    return (publisher, sequence, position)
                }
            }
            return (publisher, sequence, nil)
        } catch {
            throw ChunkCopyError(error, of: .destination)
        }
    }

    // MARK: The source's identity

    /// The offset of the source to go on at; 0 where nothing of it was copied yet.
    private func place(
        in connection: StreamConnection,
        _ sequence: UInt64,
        _ earlier: ReferenceSeal.Position?
    ) async throws(ChunkCopyError) -> UInt64 {
        if ReferenceSeal.isSeal(sequence) { throw .closed(reference: reference) }
        guard let earlier else { return sequence }
        do throws(StreamError) {
            // Without the note it is another stream, or begins later than that by now: it is copied from its start.
            let noted = try await connection.queryOffset(reference: earlier.reference, stream: source.stream)
            return noted == nil ? 0 : earlier.copied
        } catch {
            throw ChunkCopyError(error, of: .source)
        }
    }

    /// Begins to consume, and makes sure that the source is the stream that was copied before, and is known again.
    ///
    /// - Returns: whether it is known by now; `false` where the pump was paused, the task cancelled or an end lost before.
    private func subscribe(
        on connection: StreamConnection,
        _ sequence: UInt64,
        _ place: UInt64,
        _ first: Waiter<UInt64?>
    ) async throws(ChunkCopyError) -> Bool {
        do throws(StreamError) {
            let before = eventLoop.now
            let noted = try await connection.queryOffset(reference: reference, stream: source.stream)
            roundTrip = eventLoop.now - before
            _ = try await connection.subscribe(
                source.stream,
                from: offset(at: place, noted: noted),
                credit: Self.firstCredit
            )
            // A stream that was deleted since takes the subscription with it, and the session.
            if try await connection.queryOffset(reference: reference, stream: source.stream) != nil { return true }
        } catch {
            throw ChunkCopyError(error, of: .source)
        }
        if sequence > 0, try await begins(atOrBefore: sequence) { throw .sourceRecreated(copied: sequence) }
        return try await noteFirst(on: connection, first)
    }

    /// Where to begin. A source that took the place of another is copied from its start.
    private func offset(at sequence: UInt64, noted: UInt64?) -> OffsetSpecification {
        if sequence > 0 { return .offset(sequence) }
        if let generation, generation > 0 { return .first }
        // What came after the shovel was first started is not to be left out because nothing of it was copied yet.
        if start == .next, let noted { return .offset(noted) }
        return start
    }

    /// Whether the source still has, or would have, what was copied: retention did not remove it together with the note.
    private func begins(atOrBefore sequence: UInt64) async throws(ChunkCopyError) -> Bool {
        do {
            let first = try await StreamBeginning.firstOffset(
                of: source.stream,
                source.connection(),
                on: eventLoop
            )
            return first.map { $0 <= sequence } ?? true
        } catch {
            throw ChunkCopyError(error, of: .source)
        }
    }

    /// Notes in the source that it is copied, and from where, before anything of it is published.
    private func noteFirst(
        on connection: StreamConnection,
        _ first: Waiter<UInt64?>
    ) async throws(ChunkCopyError) -> Bool {
        phase = .running
        firstChunk = first
        defer { firstChunk = nil }
        if isPaused { first.resume(returning: nil) }
        guard let offset = await first.wait(orIfCancelled: nil) else { return false }
        do throws(StreamError) {
            let deadline = ContinuousClock.now + Self.notePatience
            try connection.storeOffset(offset, reference: reference, stream: source.stream)
            connection.flush()
            while try await connection.queryOffset(reference: reference, stream: source.stream) == nil {
                guard ContinuousClock.now < deadline, (try? await Task.sleep(for: .milliseconds(50))) != nil else {
                    throw StreamError(.timedOut, reason: "the offset that was stored can't be read back")
                }
            }
            return true
        } catch {
            throw ChunkCopyError(error, of: .source)
        }
    }

    /// Notes in the source how far it is copied, and looks into what it left out.
    private func keepNoting(on connection: StreamConnection) async {
        var noted = copied
        while (try? await Task.sleep(for: Self.noteInterval)) != nil {
            await lookIntoHoles()
            guard let session, let copied = session.machine.copied, copied != noted else { continue }
            try? connection.storeOffset(copied, reference: reference, stream: source.stream)
            let before = eventLoop.now
            guard (try? await connection.queryOffset(reference: reference, stream: source.stream)) != nil else {
                continue
            }
            session.measured(roundTrip: eventLoop.now - before)
            noted = copied
        }
    }

    /// Offsets that were left out may have been removed by retention before they were copied; else brokers put something
    /// of their own there.
    private func lookIntoHoles() async {
        // Those that come while the source is asked are not answered by that.
        let holes = holes
        guard !holes.isEmpty, let configuration = try? source.connection(),
            let first = try? await StreamBeginning.firstOffset(of: source.stream, configuration, on: eventLoop)
        else { return }
        for hole in holes where first > hole.lowerBound {
            note(.overtaken(from: hole.lowerBound, to: hole.upperBound))
        }
        self.holes.removeFirst(holes.count)
    }
}

extension ChunkCopyError {
    /// What an end failed with.
    init(_ error: any Error, of side: PumpSide) {
        switch error {
        case let error as ChunkCopyError:
            self = error
        case let error as StreamError:
            self = side == .source ? .source(error) : .destination(error)
        case let error as any PreparationFailure:
            self = .preparation(side, code: error.word, message: error.message, hint: error.hint)
        default:
            let cancelled = StreamError(.cancelled, reason: "\(error)")
            self = side == .source ? .source(cancelled) : .destination(cancelled)
        }
    }
}
