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
        var to: OpenEnd?
        var from: OpenEnd?
        let end: PumpSession.End
        do throws(PumpError) {
            let opened = try await destination.open(
                confirms: acknowledgement == .onConfirm,
                on: eventLoop,
                connections
            )
            to = opened
            memory.destinationVersion = opened.connection.serverVersion
            let source = try await source.open(
                prefetch: acknowledgement == .noAcknowledgement ? nil : sessionLimits.prefetch,
                on: eventLoop,
                connections
            )
            from = source
            memory.sourceVersion = source.connection.serverVersion
            end = try await move(from: source, to: opened, connections)
        } catch {
            memory.note(error, route: destination.route)
            end = .failed(error)
        }
        memory.phase = .waiting
        await close(from, to, after: end)
        return Task.isCancelled ? (end.isFinished ? .finished : .stopped(drained: false)) : end
    }

    /// Closes the source gracefully wherever that is possible: acknowledgements on their way arrive, and unsettled
    /// deliveries go back to their queue at once.
    private func close(_ from: OpenEnd?, _ to: OpenEnd?, after end: PumpSession.End) async {
        switch end {
        case .failed(.source):
            from?.connection.drop()
            to?.connection.drop()
        case .failed, .stopped(drained: false):
            to?.connection.drop()
            await from?.connection.close()
        case .finished, .stopped(drained: true):
            await from?.connection.close()
            await to?.connection.close()
        }
    }

    private func move(
        from source: OpenEnd,
        to destination: OpenEnd,
        _ connections: SessionConnections
    ) async throws(PumpError) -> PumpSession.End {
        do {
            if !memory.isEndKnown {
                memory.end = try await self.source.end(source.connection)
                memory.isEndKnown = true
            }
            let settings = settings
            if settings.finishAfter == 0 { return .finished }
            let arguments = try await self.source.consumerArguments()
            let session = try begin(settings, source.channel.loopView, destination.channel.loopView)
            do {
                try await source.channel.consume(
                    self.source.queue,
                    tag: self.source.consumerTag,
                    noAcknowledgement: acknowledgement == .noAcknowledgement,
                    arguments: arguments
                )
            } catch {
                session.fail(.source(error))
                retire(session, .failed(.source(error)))
                throw error
            }
            connections.handOver()
            if isPaused { stopSession() }
            // It is cancelled and awaited when this scope ends.
            async let _: Void = watchSource(on: source.connection)
            let end = await end(of: session)
            retire(session, end)
            return end
        } catch {
            throw PumpError(error, of: .source)
        }
    }

    /// What the session moves at a time.
    private var sessionLimits: PumpLimits {
        var limits = limits
        if memory.isolatesSuspect {
            limits.inFlight = 1
            limits.prefetch = 1
        }
        return limits
    }

    /// Twice the prefetch count. RabbitMQ 3 delivers a stream by whole chunks, one of which may begin when a single delivery
    /// is wanted, so there is more.
    private var deliveryLimit: Int? {
        guard acknowledgement != .noAcknowledgement else { return nil }
        let limit = 2 * Int(sessionLimits.prefetch)
        return source.countsWaiting ? limit : limit + PumpSource.largestChunk
    }

    private var settings: PumpSettings {
        PumpSettings(
            returns: destination.returns,
            limits: sessionLimits,
            acknowledgement: acknowledgement,
            deliveryLimit: deliveryLimit,
            finishAfter: memory.end.map { $0 - min($0, memory.past.settled) },
            maximumBody: memory.maximumBody,
            startsCarefully: memory.error?.isAboutTaking ?? false,
            // Longer and longer: what is given back each time counts against a delivery limit of the source.
            refusalTimeout: limits.stallTimeout * (1 << min(memory.refusedSessions, 5)),
            isolationSpan: memory.isolatesSuspect ? max(limits.inFlight, Int(limits.prefetch)) : nil
        )
    }

    private func begin(_ settings: PumpSettings, _ from: ChannelLane, _ to: ChannelLane) throws -> PumpSession {
        let vault = try quarantine.map { try QueueQuarantine($0, eventLoop: eventLoop) }
        let session = PumpSession(
            source: AMQPQueueSource(from, consumerTag: source.consumerTag),
            destination: AMQPDestination(
                to,
                route: destination.route,
                isMandatory: destination.isMandatory && acknowledgement == .onConfirm
            ),
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
        memory.note(end, quarantined: snapshot.counters.quarantined, route: destination.route)
    }

    // MARK: Watching the source

    /// Gives a session up whose source holds messages and delivers none, as where another is the single active consumer.
    ///
    /// It asks only while nothing that was delivered is left: otherwise the session looks after its own progress.
    private func watchSource(on connection: AMQPConnection) async {
        guard source.countsWaiting else { return }
        let interval = min(limits.stallTimeout / 3, .seconds(10))
        var watch = SourceWatch(patience: limits.stallTimeout)
        // A queue that can't be asked has no consumer either, which the session is told by the broker.
        guard let channel = try? await connection.openChannel() else { return }
        while (try? await Task.sleep(for: interval)) != nil {
            guard let received = session?.machine.receivedWhileHungry else { continue }
            guard let waiting = try? await channel.declareQueue(source.queue, passive: true).messages else { return }
            // The source has nothing that it could deliver.
            if waiting == 0 { memory.forgiveStarvation() }
            if watch.note(waiting: waiting, received: received, at: .now) {
                session?.fail(.starved(waiting: waiting, after: limits.stallTimeout))
                return
            }
        }
    }
}

extension PumpStateMachine.End {
    fileprivate var isFinished: Bool {
        if case .finished = self { return true }
        return false
    }
}
