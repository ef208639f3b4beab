import AMQP
import NIOCore

/// One session after the other.
extension MessagePump {
    func runSession() async -> PumpSession.End {
        memory.phase = .connecting
        memory.sessions += 1
        let connections = SessionConnections()
        return await withTaskCancellationHandler {
            await runSession(connections)
        } onCancel: {
            connections.cancel()
        }
    }

    private func runSession(_ connections: SessionConnections) async -> PumpSession.End {
        var to: OpenDestination?
        var from: OpenSource?
        let end: PumpSession.End
        do throws(PumpError) {
            let opened = try await openTarget(connections)
            to = opened
            memory.destinationVersion = opened.version
            let source = try await openOrigin(connections)
            from = source
            memory.sourceVersion = source.version
            end = try await move(from: source, to: opened, connections)
        } catch {
            memory.note(error, route: route)
            end = .failed(error)
        }
        // Whatever is wrong there, AMQP may do, or says it in words that are known.
        if case .failed(let error) = end {
            if case .stream = error, fallback != nil { memory.readsOverAMQP = true }
            if case .store = target, case .stream? = to { noteStoreFault(error) }
        }
        memory.phase = .waiting
        await close(from, to, after: end)
        return Task.isCancelled ? (end.isFinished ? .finished : .stopped(drained: false)) : end
    }

    /// Closes the source gracefully wherever that is possible: acknowledgements on their way arrive, and unsettled
    /// deliveries go back to their queue at once.
    private func close(_ from: OpenSource?, _ to: OpenDestination?, after end: PumpSession.End) async {
        switch end {
        case .failed(.source):
            from?.drop()
            to?.drop()
        case .failed, .stopped(drained: false):
            to?.drop()
            await from?.close()
        case .finished, .stopped(drained: true):
            await from?.close()
            await to?.close()
        }
    }

    private func move(
        from source: OpenSource,
        to destination: OpenDestination,
        _ connections: SessionConnections
    ) async throws(PumpError) -> PumpSession.End {
        do {
            if !memory.isEndKnown {
                if case .queue(let queue) = origin, case .queue(let end) = source {
                    memory.end = try await queue.end(end.connection)
                }
                memory.isEndKnown = true
            }
            let settings = settings(for: source)
            if settings.finishAfter == 0 { return .finished }
            var arguments = FieldTable()
            if case .queue = source, let queue { arguments = try await queue.consumerArguments() }
            let session = try begin(settings, source, destination)
            do throws(PumpError) {
                try await consume(source, arguments)
            } catch {
                session.fail(error)
                retire(session, .failed(error))
                throw error
            }
            connections.handOver()
            if isPaused { stopSession() }
            // It is cancelled and awaited when this scope ends.
            async let _: Void = watch(source)
            async let _: Void = watch(destination)
            let recording = startRecording()
            let end = await end(of: session)
            await endRecording(recording)
            if case .stream = destination, session.snapshot.counters.confirmed > 0 { memory.storeFaults = 0 }
            retire(session, end)
            return end
        } catch {
            throw PumpError(error, of: .source)
        }
    }

    /// What the session moves at a time.
    var sessionLimits: PumpLimits {
        var limits = limits
        if memory.isolatesSuspect {
            limits.inFlight = 1
            limits.prefetch = 1
        }
        return limits
    }

    /// Twice the prefetch count. RabbitMQ 3 delivers a stream by whole chunks, one of which may begin when a single delivery
    /// is wanted, so there is more.
    private func deliveryLimit(for opened: OpenSource) -> Int? {
        // Chunks come by credit and are bounded by that.
        guard acknowledgement != .noAcknowledgement, case .queue = opened, let source = queue else { return nil }
        let limit = 2 * Int(sessionLimits.prefetch)
        return source.countsWaiting ? limit : limit + PumpSource.largestChunk
    }

    private func settings(for source: OpenSource) -> PumpSettings {
        var returns = ReturnPolicy.quarantine
        if let exchange { returns = exchange.returns }
        return PumpSettings(
            returns: returns,
            limits: sessionLimits,
            acknowledgement: acknowledgement,
            deliveryLimit: deliveryLimit(for: source),
            finishAfter: memory.end.map { $0 - min($0, memory.past.settled) },
            maximumBody: memory.maximumBody,
            startsCarefully: memory.error?.isAboutTaking ?? false,
            // Longer and longer: what is given back each time counts against a delivery limit of the source.
            refusalTimeout: limits.stallTimeout * (1 << min(memory.refusedSessions, 5)),
            isolationSpan: memory.isolatesSuspect ? max(limits.inFlight, Int(limits.prefetch)) : nil
        )
    }

    private func begin(
        _ settings: PumpSettings,
        _ source: OpenSource,
        _ destination: OpenDestination
    ) throws -> PumpSession {
        let vault = try quarantine.map { try QueueQuarantine($0, eventLoop: eventLoop) }
        let session = PumpSession(
            source: sessionSource(source),
            destination: sessionDestination(destination),
            settings: settings,
            transform: try makeTransform(eventLoop),
            quarantine: vault,
            eventLoop: eventLoop
        )
        session.end.assumeIsolated().whenComplete { _ in vault?.close() }
        self.session = session
        memory.phase = .running
        session.watchRepeatedly()
        return session
    }

    /// Waits for the end; cancelling the task stops the session, and after a while ends it.
    private func end(of session: PumpSession) async -> PumpSession.End {
        let end = session.end
        return await withTaskCancellationHandler {
            (try? await end.get()) ?? .stopped(drained: false)
        } onCancel: {
            eventLoop.execute { self.assumeIsolated { $0.stopSession() } }
        }
    }

    /// Adds what a session did to the past, and notes what it ended with.
    private func retire(_ session: PumpSession, _ end: PumpSession.End) {
        let snapshot = session.snapshot
        self.session = nil
        memory.leftUnsettled = snapshot.unsettled
        memory.add(snapshot.counters)
        memory.noteObstruction(since: snapshot.obstructedSince)
        memory.note(end, quarantined: snapshot.counters.quarantined, route: route)
    }
}

extension PumpStateMachine.End {
    fileprivate var isFinished: Bool {
        if case .finished = self { return true }
        return false
    }
}
