import NIOCore
import RabbitStream
import Transport
import Waiting

/// One session after the other.
extension ChunkPump {
    static let firstCredit: UInt16 = 2
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
        if case .failed(.sourceShortened(_, let begin)) = end, let from = connections.last {
            await notePlaceOfNext(on: from, begin: begin)
        }
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
        let chunks = NIOLoopBoundBox<ChunkSourceReceiver?>(nil, eventLoop: eventLoop)
        let from = try await open(.source, source) { _ in
            let receiver = ChunkSourceReceiver(first: first)
            chunks.value = receiver
            return receiver
        }
        connections.append(from)
        sourceVersion = from.serverVersion
        guard let receiver = chunks.value, let confirming = confirms.value else { return .stopped(drained: false) }
        try await findGeneration(from, to)
        let (publisher, sequence, earlier) = try await publisher(on: to)
        let place = try await place(from, to, sequence, earlier)
        copied = place.offset > 0 ? place.offset : nil
        guard let isAtEnd = try await subscribe(from, to, place, isPublished: sequence > 0, first) else {
            if let failure = receiver.failure ?? confirming.failure { throw failure }
            return .stopped(drained: true)
        }
        let (holes, signal) = AsyncStream<Range<UInt64>>.makeStream()
        let session = try begin(from, to, publisher, place.offset, isAtEnd: isAtEnd, signal)
        confirming.begin(session)
        receiver.begin(session)
        session.tickRepeatedly()
        if isPaused { stopSession() }
        // It is cancelled and awaited when this scope ends.
        async let _: Void = keepNoting(on: from)
        async let _: Void = lookIntoHoles(holes)
        async let _: Void = keepPlaces(on: to)
        let end = await end(of: session)
        await noteEnd(on: from, session)
        retire(session)
        return end
    }

    private func begin(
        _ from: StreamConnection,
        _ to: StreamConnection,
        _ publisher: UInt8,
        _ place: UInt64,
        isAtEnd: Bool,
        _ holes: AsyncStream<Range<UInt64>>.Continuation
    ) throws(ChunkCopyError) -> ChunkSession {
        var machine = ChunkCopyStateMachine(
            sequence: place,
            isWhole: isWhole,
            isAtEnd: isAtEnd,
            least: leastOffset,
            passed: passed,
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
        ) { holes.yield($0) }
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

    /// Declares the publisher, and asks how far it got.
    ///
    /// - Returns: the publisher, its sequence, and where nothing was published yet, how far an earlier copy had got.
    private func publisher(
        on connection: StreamConnection
    ) async throws(ChunkCopyError) -> (publisher: UInt8, sequence: UInt64, earlier: ReferenceSeal.Position?) {
        do throws(StreamError) {
            let stream = destination.stream
            let publisher = try await connection.declarePublisher(reference: reference, stream: stream)
            let sequence = try await connection.queryPublisherSequence(reference: reference, stream: stream)
            // Whatever was sent under it now would be confirmed and dropped.
            guard !ReferenceSeal.isSeal(sequence) else { return (publisher, sequence, nil) }
            guard sequence == 0, generation == 0 else { return (publisher, sequence, nil) }
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
}

extension ChunkCopyError {
    /// What an end failed with.
    init(_ error: any Error, of side: PumpSide) {
        switch error {
        case let error as ChunkCopyError:
            self = error
        case let error as StreamError:
            if let code = error.responseCode, code == .streamDoesNotExist || code == .streamNotAvailable {
                self = side == .source ? .sourceUnavailable(code) : .destinationUnavailable(code)
            } else {
                self = side == .source ? .source(error) : .destination(error)
            }
        case let error as any PreparationFailure:
            self = .preparation(side, code: error.word, message: error.message, hint: error.hint)
        default:
            let cancelled = StreamError(.cancelled, reason: "\(error)")
            self = side == .source ? .source(cancelled) : .destination(cancelled)
        }
    }
}
