import NIOCore
import NIOPosix
import Transport

/// To which node of a cluster a connection is made.
public enum StreamPlacement: Sendable, Hashable {
    /// The node of the stream's leader: to publish.
    case leader(of: String)
    /// A node of a replica, and the leader's only where there is no other that answers: to consume.
    case replica(of: String)

    var stream: String {
        switch self {
        case .leader(let stream), .replica(let stream): stream
        }
    }

    /// The nodes to try, in groups of which the first that can be connected to counts.
    func candidates(_ metadata: StreamMetadata) -> [[StreamBroker]] {
        let leader = metadata.leader.map { [$0] } ?? []
        switch self {
        case .leader: return [leader].filter { !$0.isEmpty }
        case .replica: return [metadata.replicas, leader].filter { !$0.isEmpty }
        }
    }
}

/// How the node is reached that a placement leads to.
public enum NodeReach: Sendable, Hashable {
    /// By the host and port that it advertises (`stream.advertised_host`, `stream.advertised_port`).
    case advertised
    /// By the configured endpoints only, as through a load balancer: connections are made and closed again until one is to
    /// the right node, so often at most.
    case endpoints(attempts: Int)
}

extension StreamConnection {
    /// Connects to the node that a placement leads to: asks one of the configured endpoints where the stream is, and stays
    /// with that connection where it is to the right node.
    ///
    /// - Parameter reach: how that node is reached. An advertised host that can't be connected to is an error: the caller
    ///   chooses ``NodeReach/endpoints(attempts:)`` where hosts are not meant to be reached.
    /// - Throws: ``StreamError``: what ``connect(_:on:receiver:)`` throws; refused with
    ///   ``ResponseCode/streamDoesNotExist`` or ``ResponseCode/streamNotAvailable``; noSuitableNode where the attempts did
    ///   not lead there.
    public static func connect(
        _ configuration: StreamConnectionConfiguration,
        to placement: StreamPlacement,
        reach: NodeReach = .advertised,
        on eventLoop: any EventLoop = NIOSingletons.posixEventLoopGroup.next(),
        receiver makeReceiver: (@Sendable (StreamConnection) -> any StreamReceiver)? = nil
    ) async throws(StreamError) -> StreamConnection {
        // What is only asked where the stream is has no receiver.
        let connection = try await find(configuration, placement, reach, eventLoop)
        try await connection.install(makeReceiver)
        return connection
    }

    private static func find(
        _ configuration: StreamConnectionConfiguration,
        _ placement: StreamPlacement,
        _ reach: NodeReach,
        _ eventLoop: any EventLoop
    ) async throws(StreamError) -> StreamConnection {
        let attempts = if case .endpoints(let attempts) = reach { max(1, attempts) } else { 1 }
        var backoff = Backoff(policy: BackoffPolicy(initial: .milliseconds(20), maximum: .milliseconds(500)))
        var seen: Set<StreamBroker> = []
        var wanted: [[StreamBroker]] = []
        for attempt in 0..<attempts {
            if attempt > 0 { try await pause(backoff.next(), configuration.endpoints.first) }
            let connection = try await connect(configuration, on: eventLoop)
            do throws(StreamError) {
                wanted = placement.candidates(try await connection.locate(placement.stream))
            } catch {
                await connection.close()
                throw error
            }
            // A broker that does not say who it is can't be the wrong one.
            guard let node = connection.node else { return connection }
            if wanted.first?.contains(node) == true { return connection }
            seen.insert(node)
            // The leader is a replica as well: taken at the end, where no other was met.
            let isLast = attempt == attempts - 1
            if reach != .advertised, isLast, wanted.contains(where: { $0.contains(node) }) { return connection }
            await connection.close()
            if reach == .advertised {
                return try await connect(configuration, advertised: wanted, on: eventLoop)
            }
        }
        let names = { (nodes: [StreamBroker]) in nodes.map(\.description).sorted().joined(separator: ", ") }
        throw StreamError(
            .noSuitableNode,
            reason: "\(attempts) connections led to \(names(Array(seen))), not to \(names(Array(wanted.joined())))",
            attempted: "reach a node of the stream '\(placement.stream)'",
            endpoint: configuration.endpoints.first
        )
    }

    private func locate(_ stream: String) async throws(StreamError) -> StreamMetadata {
        guard let found = try await metadata([stream]).first(where: { $0.stream == stream }) else {
            throw StreamError(.protocolViolation, reason: "the broker does not tell where the stream '\(stream)' is")
        }
        guard found.code == .ok else {
            throw StreamError.refused(found.code).attempting("locate the stream '\(stream)'", at: endpoint)
        }
        guard found.leader != nil || !found.replicas.isEmpty else {
            throw StreamError.refused(.streamNotAvailable).attempting("locate the stream '\(stream)'", at: endpoint)
        }
        return found
    }

    private static func connect(
        _ configuration: StreamConnectionConfiguration,
        advertised groups: [[StreamBroker]],
        on eventLoop: any EventLoop
    ) async throws(StreamError) -> StreamConnection {
        var failure = StreamError.refused(.streamNotAvailable)
        for group in groups {
            var there = configuration
            // A node advertises the port with TLS to who came with TLS.
            let isTLS = configuration.endpoints.contains(where: \.isTLS)
            there.endpoints = group.map { Endpoint(host: $0.host, port: $0.port, isTLS: isTLS) }
            do throws(StreamError) {
                return try await connect(there, on: eventLoop)
            } catch {
                guard error.code == .couldNotConnect || error.isOfOneEndpoint else { throw error }
                failure = error
            }
        }
        throw failure
    }

    private func install(
        _ makeReceiver: (@Sendable (StreamConnection) -> any StreamReceiver)?
    ) async throws(StreamError) {
        guard let makeReceiver else { return }
        try await run("connect") { handler in
            if let failure = handler.failure { throw failure }
            handler.receiver = makeReceiver(self)
            return handler.eventLoop.makeSucceededVoidFuture()
        }
    }

    private static func pause(_ duration: Duration, _ endpoint: Endpoint?) async throws(StreamError) {
        do {
            try await Task.sleep(for: duration)
        } catch {
            throw StreamError(.cancelled, reason: "the task was cancelled", endpoint: endpoint)
        }
    }
}
