import AMQP
import Logging
import NIOCore
import RabbitStream
import Waiting

/// What a session does by the kind of its ends.
extension MessagePump {
    func openTarget(_ connections: SessionConnections) async throws(PumpError) -> OpenDestination {
        switch target {
        case .exchange(let destination):
            let confirms = acknowledgement == .onConfirm
            return .exchange(try await destination.open(confirms: confirms, on: eventLoop, connections))
        case .stream(let destination):
            return .stream(try await destination.openToPublish(on: eventLoop, connections))
        case .store(let store): return try await openStore(store, connections)
        }
    }

    /// Over the stream protocol, unless that is impossible at present: then over AMQP.
    private func openStore(
        _ store: PumpStore,
        _ connections: SessionConnections
    ) async throws(PumpError) -> OpenDestination {
        let exchange = try await store.exchange.open(confirms: true, on: eventLoop, connections)
        if memory.storeFault != nil { return .exchange(exchange) }
        do {
            return .stream(try await store.openStream(beside: exchange, on: eventLoop, connections))
        } catch {
            guard case .stream = error, !Task.isCancelled else {
                exchange.connection.drop()
                throw error
            }
            noteStoreFault(error)
            return .exchange(exchange)
        }
    }

    /// Has the store published to over AMQP, if what happened is a matter of the stream protocol.
    func noteStoreFault(_ error: PumpError) {
        guard let fault = StreamProtocolFault(error), memory.storeFault == nil else { return }
        memory.storeFault = fault
        memory.storeFaults += 1
        logger.warning(
            "the store is published to over AMQP",
            metadata: ["pump": "\(name)", "reason": "\(fault)"]
        )
    }

    func openOrigin(_ connections: SessionConnections) async throws(PumpError) -> OpenSource {
        switch origin {
        case .queue(let source):
            let prefetch = acknowledgement == .noAcknowledgement ? nil : sessionLimits.prefetch
            return .queue(try await source.open(prefetch: prefetch, on: eventLoop, connections))
        case .stream(let source):
            if let fallback, memory.readsOverAMQP {
                return .queue(try await fallback.open(prefetch: sessionLimits.prefetch, on: eventLoop, connections))
            }
            let (logger, name) = (logger, name)
            return .stream(
                try await source.open(on: eventLoop, connections) { what in
                    logger.warning("a message can't be read", metadata: ["pump": "\(name)", "reason": "\(what)"])
                }
            )
        }
    }

    /// How a stream is read once it could not be over the stream protocol.
    var fallback: PumpSource? {
        guard case .stream(let source) = origin else { return nil }
        return source.fallback
    }

    /// What is read over AMQP, if anything is.
    var queue: PumpSource? {
        guard case .queue(let source) = origin else { return fallback }
        return source
    }

    /// Where messages are published to, for what a broker says of that.
    var route: PublishRoute {
        switch target {
        case .exchange(let destination): destination.route
        case .store(let store): store.exchange.route
        case .stream: .asDelivered
        }
    }

    /// What is published to over AMQP, if anything is.
    var exchange: PumpDestination? {
        switch target {
        case .exchange(let destination): destination
        case .store(let store): store.exchange
        case .stream: nil
        }
    }

    /// Has the source deliver to the session.
    func consume(_ source: OpenSource, _ arguments: FieldTable) async throws(PumpError) {
        switch (origin, source) {
        case (_, .queue(let end)):
            guard let queue else { return }
            do {
                try await end.channel.consume(
                    queue.queue,
                    tag: queue.consumerTag,
                    noAcknowledgement: acknowledgement == .noAcknowledgement,
                    arguments: arguments
                )
            } catch {
                throw .source(error)
            }
        case (.stream(let stream), .stream(let end)): try await stream.consume(end)
        case (.queue, .stream): break
        }
    }

    func sessionSource(_ source: OpenSource) -> any SessionSource {
        switch source {
        case .stream(let stream): return stream.end.value
        case .queue(let end):
            return AMQPQueueSource(end.channel.loopView, consumerTag: queue?.consumerTag ?? "", hold: hold)
        }
    }

    func sessionDestination(_ destination: OpenDestination) -> any SessionDestination {
        switch destination {
        case .stream(let stream): return stream.end.value
        case .exchange(let end):
            var isMandatory = acknowledgement == .onConfirm
            if let exchange { isMandatory = isMandatory && exchange.isMandatory }
            return AMQPDestination(end.channel.loopView, route: route, isMandatory: isMandatory)
        }
    }

    // MARK: Watching the ends

    /// Ends a session over AMQP, once what is in flight is settled, when the store can be published to over the stream
    /// protocol.
    func watch(_ destination: OpenDestination) async {
        guard case .store(let store) = target, case .exchange = destination else { return }
        while memory.storeFault?.isLasting == false {
            let delay = limits.storeRetry * (1 << min(max(memory.storeFaults - 1, 0), 4))
            guard (try? await Task.sleep(for: delay)) != nil else { return }
            guard await store.answers(on: eventLoop) else { continue }
            memory.storeFault = nil
            logger.info("the store is published to over the stream protocol again", metadata: ["pump": "\(name)"])
            stopSession()
            return
        }
    }

    func watch(_ source: OpenSource) async {
        switch (origin, source) {
        case (.queue(let queue), .queue(let end)): await watch(queue, on: end.connection)
        case (.stream(let stream), .stream(let end)): await watch(stream, end)
        case (.queue, .stream), (.stream, .queue): break
        }
    }

    /// Lets a stream's messages through once its position can be stored, and looks into what it left out.
    private func watch(_ stream: PumpStreamSource, _ source: OpenStreamSource) async {
        guard stream.reference != nil else { return }
        let end = source.end
        if source.stored == nil {
            guard await end.value.first.wait(orIfCancelled: false) else { return }
            do throws(PumpError) {
                try await stream.awaitPosition(source)
                end.value.positionIsStored()
            } catch {
                session?.fail(error)
                return
            }
        }
        while (try? await Task.sleep(for: .seconds(2))) != nil {
            // Those that come while the source is asked are not answered by that.
            let holes = end.value.holes
            guard !holes.isEmpty, await stream.lookInto(holes, on: eventLoop) else { continue }
            end.value.holes.removeFirst(holes.count)
        }
    }

    /// Gives a session up whose source holds messages and delivers none, as where another is the single active consumer.
    ///
    /// It asks only while nothing that was delivered is left: otherwise the session looks after its own progress.
    private func watch(_ source: PumpSource, on connection: AMQPConnection) async {
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
