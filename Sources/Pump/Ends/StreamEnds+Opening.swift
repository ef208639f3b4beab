import AMQP
import NIOCore
import RabbitStream
import Waiting

/// A stream that a session consumes, with the connection that it owns.
struct OpenStreamSource {
    let connection: StreamConnection
    let end: NIOLoopBound<StreamSource>
    /// Where it was to go on; `nil` where no position was stored.
    let stored: UInt64?
    /// Where it begins otherwise.
    let start: OffsetSpecification
}

/// A stream that a session publishes to, with the connections that it owns.
struct OpenStreamDestination {
    let connection: StreamConnection
    let end: NIOLoopBound<StreamDestination>
    /// What is confirmed is asked about on this.
    var gate: OpenEnd?
}

extension PumpStreamSource {
    /// Connects, makes sure that what it needs is there, and asks where to go on.
    func open(
        on eventLoop: any EventLoop,
        _ connections: SessionConnections,
        warn: @escaping @Sendable (String) -> Void
    ) async throws(PumpError) -> OpenStreamSource {
        let (stream, reference) = (stream, reference)
        return try await connections.open(.source, stream, connection, on: eventLoop) { connection in
            StreamSource(connection, stream: stream, reference: reference, warn: warn)
        } prepare: { connection, end in
            try await prepare(connection)
            let start = start()
            let before = eventLoop.now
            var stored: UInt64?
            if let reference {
                stored = try await connection.queryOffset(reference: reference, stream: stream)
                    .flatMap(OffsetMark.offset)
            } else {
                _ = try await connection.metadata([stream])
            }
            let roundTrip = eventLoop.now - before
            if let reference, stored == nil, start == .next {
                stored = try await storeEnd(reference, on: connection, eventLoop)
            }
            let position = stored
            try await eventLoop.submit {
                end.value.begin(at: position, or: start)
                end.value.measured(roundTrip: roundTrip)
            }.get()
            return OpenStreamSource(connection: connection, end: end, stored: position, start: start)
        }
    }

    /// Stores where the stream ends: what comes from now on is not to be left out because a session ended before it had
    /// moved any of it.
    private func storeEnd(
        _ reference: String,
        on connection: StreamConnection,
        _ eventLoop: any EventLoop
    ) async throws -> UInt64 {
        let probe = StreamEndProbe(of: stream, on: eventLoop, connection: self.connection)
        let found: StreamEndProbe.End
        do {
            found = try await probe.look()
            await probe.close()
        } catch {
            await probe.close()
            throw error
        }
        var end: UInt64 = 0
        if case .at(let offset) = found { end = offset }
        try connection.storeOffset(OffsetMark.mark(end), reference: reference, stream: stream)
        connection.flush()
        try await awaitPosition(reference, on: connection)
        return end
    }

    /// Begins to consume. Its session has to run by now.
    func consume(_ source: OpenStreamSource) async throws(PumpError) {
        do throws(StreamError) {
            _ = try await source.connection.subscribe(
                stream,
                from: source.stored.map { .offset($0) } ?? source.start,
                credit: StreamSource.firstCredit
            )
        } catch {
            throw .stream(StreamEndError(error, of: .source, stream: stream))
        }
    }

    /// Waits until the position that was stored can be read back. A broker does not answer where it does not store it, as
    /// for a user who may not write.
    func awaitPosition(_ source: OpenStreamSource) async throws(PumpError) {
        guard let reference else { return }
        do throws(StreamError) {
            try await awaitPosition(reference, on: source.connection)
        } catch {
            throw .stream(StreamEndError(error, of: .source, stream: stream))
        }
    }

    private func awaitPosition(_ reference: String, on connection: StreamConnection) async throws(StreamError) {
        let deadline = ContinuousClock.now + .seconds(5)
        while try await connection.queryOffset(reference: reference, stream: stream).flatMap(OffsetMark.offset) == nil {
            guard ContinuousClock.now < deadline, (try? await Task.sleep(for: .milliseconds(50))) != nil else {
                throw StreamError(
                    .timedOut,
                    reason: "the position in the stream '\(stream)' was stored and can't be read back",
                    hint: "give the user the permission to write to the stream, which storing takes before 3.13"
                )
            }
        }
    }

    /// Tells of what retention has removed of the offsets that were left out.
    ///
    /// - Returns: whether that is known.
    func lookInto(_ holes: [Range<UInt64>], on eventLoop: any EventLoop) async -> Bool {
        for hole in holes {
            guard let lost = await StreamHole.removed(hole, from: stream, connection, on: eventLoop) else {
                return false
            }
            if !lost.isEmpty { tell(.overtaken(from: lost.lowerBound, to: lost.upperBound)) }
        }
        return true
    }
}

extension ChunkEnd {
    /// Connects, makes sure that the stream is there, and declares the publisher.
    func openToPublish(
        on eventLoop: any EventLoop,
        _ connections: SessionConnections
    ) async throws(PumpError) -> OpenStreamDestination {
        let stream = stream
        return try await connections.open(.destination, stream, connection, on: eventLoop) { connection in
            StreamDestination(connection, stream: stream)
        } prepare: { connection, end in
            try await prepare(connection)
            let publisher = try await connection.declarePublisher(stream: stream)
            try await eventLoop.submit { end.value.begin(publisher: publisher) }.get()
            return OpenStreamDestination(connection: connection, end: end)
        }
    }
}

extension PumpStore {
    /// Connects over the stream protocol beside AMQP.
    ///
    /// - Parameter gate: the AMQP connection to the store, which is made ready. Where this fails, it stays open.
    func openStream(
        beside gate: OpenEnd,
        on eventLoop: any EventLoop,
        _ connections: SessionConnections
    ) async throws(PumpError) -> OpenStreamDestination {
        let (name, exchange) = (stream.stream, exchangeName)
        let channel = gate.channel
        return try await connections.open(.destination, name, stream.connection, on: eventLoop) { connection in
            StreamDestination(connection, stream: name, gate: ConfirmGate(channel.loopView, exchange: exchange))
        } prepare: { connection, end in
            // What is published to another cluster would be confirmed all the same.
            if let found = connection.clusterName, let expected = gate.connection.clusterName,
                await !isOneCluster(found, expected)
            {
                throw PumpError.stream(.otherCluster(.destination, found: found, expected: expected))
            }
            let publisher = try await connection.declarePublisher(stream: name)
            try await eventLoop.submit { end.value.begin(publisher: publisher) }.get()
            return OpenStreamDestination(connection: connection, end: end, gate: gate)
        }
    }

    /// Whether the stream can be published to over the stream protocol by now.
    func answers(on eventLoop: any EventLoop) async -> Bool {
        guard let configuration = try? stream.connection(),
            let connection = try? await StreamConnection.connect(configuration, on: eventLoop)
        else { return false }
        let publisher = try? await connection.declarePublisher(stream: stream.stream)
        await connection.close()
        return publisher != nil
    }
}

extension SessionConnections {
    /// Connects with an end that receives, and prepares it.
    fileprivate func open<End: StreamReceiver & SendableMetatype, Opened>(
        _ side: PumpSide,
        _ stream: String,
        _ configuration: () throws -> StreamConnectionConfiguration,
        on eventLoop: any EventLoop,
        _ makeEnd: @escaping @Sendable (StreamConnection) -> End,
        prepare: (StreamConnection, NIOLoopBound<End>) async throws -> Opened
    ) async throws(PumpError) -> Opened {
        var opened: StreamConnection?
        do {
            let made = Locked<NIOLoopBound<End>?>(nil)
            let connection = try await StreamConnection.connect(configuration(), on: eventLoop) { connection in
                let end = makeEnd(connection)
                made.withLock { $0 = NIOLoopBound(end, eventLoop: eventLoop) }
                return end
            }
            opened = connection
            add(connection)
            guard let end = made.withLock({ $0 }) else {
                throw StreamError(.connectionLost, reason: "the connection ended")
            }
            return try await prepare(connection, end)
        } catch {
            opened?.drop()
            if let error = error as? StreamError {
                throw .stream(StreamEndError(error, of: side, stream: stream))
            }
            throw PumpError(error, of: side)
        }
    }
}
