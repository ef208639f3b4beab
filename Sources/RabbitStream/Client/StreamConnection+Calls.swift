import Logging
import NIOCore

/// What is asked of a broker, and answered.
///
/// Each throws ``StreamError``: refused with ``StreamError/responseCode`` where the broker says no, timedOut, notSupported
/// where the broker does not have it, invalidArgument for names that can't be put on the wire, cancelled, and why the
/// connection ended.
extension StreamConnection {
    /// Creates a stream. Its arguments are those of RabbitMQ without `x-`: `max-length-bytes`, `max-age`,
    /// `stream-max-segment-size-bytes`, `initial-cluster-size`, `queue-leader-locator`.
    public func createStream(_ stream: String, arguments: [String: String] = [:]) async throws(StreamError) {
        _ = try await ask("create the stream '\(stream)'", .create(stream: stream, arguments: arguments))
    }

    /// Deletes a stream.
    public func deleteStream(_ stream: String) async throws(StreamError) {
        _ = try await ask("delete the stream '\(stream)'", .delete(stream: stream))
    }

    /// Declares a publisher, which has to be on the node of the stream's leader, or a node that reaches it.
    ///
    /// - Parameter reference: up to 255 bytes; under it the broker drops what has an id that is not higher than all before.
    ///   A stream has 255 of them at most.
    /// - Returns: its id, for ``publish(_:publisher:)``.
    public func declarePublisher(reference: String? = nil, stream: String) async throws(StreamError) -> UInt8 {
        try await run("publish to the stream '\(stream)'") { handler in
            var id: UInt8 = 0
            let answer = handler.ask { machine, promise, now throws(StreamError) in
                let frame: ClientFrame
                (id, frame) = try machine.declarePublisher(reference: reference, stream: stream, promise, at: now)
                return frame
            }
            return answer.flatMapThrowing { [id] response in
                try response.checked()
                return id
            }
        }
    }

    /// Ends a publisher. What it has no confirm of may be in the stream or not.
    public func deletePublisher(_ id: UInt8) async throws(StreamError) {
        try await run("end a publisher") { handler in
            handler.ask { machine, promise, now throws(StreamError) in
                try machine.deletePublisher(id, promise, at: now)
            }.flatMapThrowing { try $0.checked() }
        }
    }

    /// The highest publishing id that the stream has under a reference. 0 where it has none, and where it has 0.
    public func queryPublisherSequence(reference: String, stream: String) async throws(StreamError) -> UInt64 {
        let request = Request.queryPublisherSequence(reference: reference, stream: stream)
        let response = try await ask("query the sequence of the publisher '\(reference)'", request)
        guard case .sequence(let sequence) = response.content else { throw Self.missing("sequence") }
        return sequence
    }

    /// Begins to consume a stream, of which the node must have a replica, or the leader.
    ///
    /// - Parameters:
    ///   - credit: how many chunks the broker may send; each takes one. 2 or more keep it busy.
    ///   - properties: RabbitMQ's own, such as `single-active-consumer`, `name`, `filter.0`, `match-unfiltered`.
    /// - Returns: the subscription's id, for ``credit(_:subscription:)``. Chunks may come before it is returned.
    public func subscribe(
        _ stream: String,
        from offset: OffsetSpecification,
        credit: UInt16,
        properties: [String: String] = [:]
    ) async throws(StreamError) -> UInt8 {
        try await run("consume the stream '\(stream)'") { handler in
            let subscription = Request.Subscription(
                id: 0,
                stream: stream,
                offset: offset,
                credit: credit,
                properties: properties
            )
            var id: UInt8 = 0
            let answer = handler.ask { machine, promise, now throws(StreamError) in
                let frame: ClientFrame
                (id, frame) = try machine.subscribe(subscription, promise, at: now)
                return frame
            }
            return answer.flatMapThrowing { [id] response in
                try response.checked()
                return id
            }
        }
    }

    /// Ends a subscription. Chunks of it may come until this returns.
    public func unsubscribe(_ id: UInt8) async throws(StreamError) {
        try await run("end a subscription") { handler in
            handler.ask { machine, promise, now throws(StreamError) in
                try machine.unsubscribe(id, promise, at: now)
            }.flatMapThrowing { try $0.checked() }
        }
    }

    /// The offset that was stored under a reference; `nil` where none was.
    public func queryOffset(reference: String, stream: String) async throws(StreamError) -> UInt64? {
        let response: Response
        do throws(StreamError) {
            let request = Request.queryOffset(reference: reference, stream: stream)
            response = try await ask("query the offset of '\(reference)'", request)
        } catch {
            if error.responseCode == .noOffset { return nil }
            throw error
        }
        guard case .offset(let offset) = response.content else { throw Self.missing("offset") }
        return offset
    }

    /// What the broker tells of a stream, such as `first_chunk_id` and `committed_chunk_id`. Since RabbitMQ 3.11.
    public func streamStatistics(_ stream: String) async throws(StreamError) -> [String: Int64] {
        let response = try await ask("get statistics of the stream '\(stream)'", .streamStats(stream: stream))
        guard case .statistics(let statistics) = response.content else { throw Self.missing("statistics") }
        return statistics
    }

    /// Creates a super stream: streams with an exchange before them, to which a binding key leads each. Since RabbitMQ 3.13.
    ///
    /// - Parameter partitions: the streams with their binding keys, in their order.
    public func createSuperStream(
        _ name: String,
        partitions: [(stream: String, bindingKey: String)],
        arguments: [String: String] = [:]
    ) async throws(StreamError) {
        let superStream = Request.SuperStream(
            name: name,
            partitions: partitions.map(\.stream),
            bindingKeys: partitions.map(\.bindingKey),
            arguments: arguments
        )
        _ = try await ask("create the super stream '\(name)'", .createSuperStream(superStream))
    }

    /// Deletes a super stream with its streams. Since RabbitMQ 3.13.
    public func deleteSuperStream(_ name: String) async throws(StreamError) {
        _ = try await ask("delete the super stream '\(name)'", .deleteSuperStream(name: name))
    }

    /// The streams of a super stream, in their order.
    public func partitions(of superStream: String) async throws(StreamError) -> [String] {
        let response = try await ask("get the partitions of '\(superStream)'", .partitions(superStream: superStream))
        guard case .streams(let streams) = response.content else { return [] }
        return streams
    }

    /// The streams of a super stream that a routing key leads to.
    public func route(_ routingKey: String, of superStream: String) async throws(StreamError) -> [String] {
        let request = Request.route(routingKey: routingKey, superStream: superStream)
        let response = try await ask("route in '\(superStream)'", request)
        guard case .streams(let streams) = response.content else { return [] }
        return streams
    }

    /// The offset that a specification means at the moment. Only where ``supports(_:)`` tells so.
    public func resolve(_ offset: OffsetSpecification, stream: String) async throws(StreamError) -> UInt64 {
        let request = Request.resolveOffsetSpecification(stream: stream, offset, properties: [:])
        let response = try await ask("resolve an offset of the stream '\(stream)'", request)
        guard case .offset(let offset) = response.content else { throw Self.missing("offset") }
        return offset
    }

    /// Where streams are. A stream that does not exist is among them, with its code.
    public func metadata(_ streams: [String]) async throws(StreamError) -> [StreamMetadata] {
        let response = try await ask("locate \(streams.count) streams", .metadata(streams: streams))
        guard case .metadata(let brokers, let found) = response.content else { throw Self.missing("metadata") }
        return found.map { stream in
            StreamMetadata(
                stream: stream.name,
                code: stream.code,
                leader: stream.code == .ok ? brokers[stream.leader] : nil,
                replicas: stream.code == .ok ? stream.replicas.compactMap { brokers[$0] } : []
            )
        }
    }

    /// Whether the broker has a command.
    public func supports(_ command: CommandKey) async -> Bool {
        let handler = handler
        return (try? await eventLoop.submit { handler.value.machine.supports(command) }.get()) ?? false
    }

    private func ask(_ attempted: String, _ request: Request) async throws(StreamError) -> Response {
        try await run(attempted) { handler in
            handler.ask { machine, promise, now throws(StreamError) in
                try machine.request(request, promise, at: now)
            }.flatMapThrowing { response in
                try response.checked()
                return response
            }
        }
    }

    private static func missing(_ what: String) -> StreamError {
        StreamError(.protocolViolation, reason: "the broker's answer has no \(what)")
    }
}

/// Where a stream is.
public struct StreamMetadata: Sendable, Hashable {
    /// The stream.
    public let stream: String
    /// `ok`, or why there is nothing to tell.
    public let code: ResponseCode
    /// The node to publish to; `nil` while there is none.
    public let leader: StreamBroker?
    /// The nodes to consume from, the leader aside. May be empty.
    public let replicas: [StreamBroker]
}

extension Response {
    func checked() throws(StreamError) {
        if code != .ok { throw .refused(code) }
    }
}

extension StreamConnectionHandler {
    /// Has the machine note a request, and sends it. Completes with the answer, or with why there is none.
    func ask(
        _ note: (inout Machine, EventLoopPromise<Response>, NIODeadline) throws(StreamError) -> ClientFrame
    ) -> EventLoopFuture<Response> {
        let promise = eventLoop.makePromise(of: Response.self)
        do throws(StreamError) {
            if let failure { throw failure }
            let frame = try note(&machine, promise, eventLoop.now)
            do throws(StreamError) {
                try write(checked: frame)
            } catch {
                machine.withdraw(frame)
                throw error
            }
            if case .request(let request, _) = frame { logger.debug("call", metadata: ["command": "\(request.key)"]) }
            flush()
            arm()
        } catch {
            promise.fail(error)
        }
        return promise.futureResult
    }
}
