import NIOCore
import RabbitStream
import Waiting

/// Reads the chunks at either end of streams, on one connection that it keeps.
package actor StreamEdgeReader {
    /// A chunk at one end of a stream.
    package struct Edge: Sendable, Hashable {
        /// The offset of its first message, and of what comes after its last.
        package var first: UInt64
        package var next: UInt64
        /// When the broker wrote it: milliseconds since 1970.
        package var time: Int64
    }

    /// How long a stream that has messages may take to deliver one.
    private static let patience = TimeAmount.seconds(2)
    /// What the broker calls the place of its newest chunk.
    private static let committed = "committed_chunk_id"

    private struct Link: Sendable {
        var connection: StreamConnection
        /// What came on this connection: another one counts its subscriptions anew.
        var arrivals: EdgeArrivals
    }

    private let configuration: @Sendable () throws -> StreamConnectionConfiguration
    private let verify: @Sendable (StreamConnection) async throws -> Void
    private let eventLoop: any EventLoop
    private var link: Link?
    /// Makes the connection that several may wait for.
    private var connecting: Task<Link, any Error>?

    /// - Parameter verify: refuses a connection, before anything is read on it.
    package init(
        on eventLoop: any EventLoop,
        connection configuration: @escaping @Sendable () throws -> StreamConnectionConfiguration,
        verify: @escaping @Sendable (StreamConnection) async throws -> Void = { _ in }
    ) {
        self.eventLoop = eventLoop
        self.configuration = configuration
        self.verify = verify
    }

    /// The chunk at one end of a stream; `nil` where it delivers nothing.
    package func edge(_ place: OffsetSpecification, of stream: String) async throws -> Edge? {
        try await asking { link in
            let subscription = try await link.connection.subscribe(stream, from: place, credit: 1)
            defer { link.arrivals.forget(subscription) }
            let waiter = link.arrivals.wait(for: subscription)
            let timeout = self.eventLoop.scheduleTask(in: Self.patience) { _ = waiter.resume(returning: nil) }
            let edge = await waiter.wait(orIfCancelled: nil)
            timeout.cancel()
            try await link.connection.unsubscribe(subscription)
            return edge
        }
    }

    /// Where the newest chunk of a stream begins; `nil` where the broker has no word for it, as before 3.11; -1 where the
    /// stream has no chunk.
    package func newestChunk(of stream: String) async throws -> Int64? {
        try await asking { link in
            guard await link.connection.supports(.streamStats) else { return nil }
            do throws(StreamError) {
                return try await link.connection.streamStatistics(stream)[Self.committed]
            } catch {
                guard error.code == .refused || error.code == .notSupported else { throw error }
                return nil
            }
        }
    }

    package func close() async {
        _ = try? await connecting?.value
        let ended = link
        link = nil
        await ended?.connection.close()
    }

    /// After an error another connection is made, unless the broker has only refused something.
    private func asking<Value: Sendable>(_ body: (Link) async throws -> Value) async throws -> Value {
        let link = try await opened()
        do {
            return try await body(link)
        } catch {
            if (error as? StreamError)?.code == .refused { throw error }
            if self.link?.connection === link.connection { self.link = nil }
            await link.connection.close()
            throw error
        }
    }

    private func opened() async throws -> Link {
        if let link { return link }
        if let connecting { return try await connecting.value }
        let attempt = Task { try await self.connect() }
        connecting = attempt
        defer { connecting = nil }
        let made = try await attempt.value
        link = made
        return made
    }

    private func connect() async throws -> Link {
        let arrivals = EdgeArrivals()
        let made = try await StreamConnection.connect(try configuration(), on: eventLoop) { _ in
            EdgeReceiver(arrivals)
        }
        do {
            try await verify(made)
        } catch {
            await made.close()
            throw error
        }
        return Link(connection: made, arrivals: arrivals)
    }
}

/// The first chunk of each subscription, and who waits for it.
private final class EdgeArrivals: Sendable {
    typealias Edge = StreamEdgeReader.Edge

    private struct State {
        /// Came before somebody waited.
        var arrived: [UInt8: Edge] = [:]
        var waiting: [UInt8: Waiter<Edge?>] = [:]
        var hasEnded = false
    }

    private let state = Locked(State())

    func wait(for subscription: UInt8) -> Waiter<Edge?> {
        let waiter = Waiter<Edge?>()
        state.withLock { state in
            if let edge = state.arrived[subscription] {
                waiter.resume(returning: edge)
            } else if state.hasEnded {
                waiter.resume(returning: nil)
            } else {
                state.waiting[subscription] = waiter
            }
        }
        return waiter
    }

    func forget(_ subscription: UInt8) {
        state.withLock { state in
            state.arrived[subscription] = nil
            state.waiting[subscription] = nil
        }
    }

    func arrived(_ edge: Edge, _ subscription: UInt8) {
        state.withLock { state in
            if let waiter = state.waiting.removeValue(forKey: subscription) {
                waiter.resume(returning: edge)
            } else {
                state.arrived[subscription] = edge
            }
        }
    }

    /// Nothing comes any more for who waits now; after the end of the connection, for nobody.
    func nothingComes(hasEnded: Bool = false) {
        state.withLock { state in
            state.hasEnded = state.hasEnded || hasEnded
            for waiter in state.waiting.values { waiter.resume(returning: nil) }
            state.waiting = [:]
        }
    }
}

private final class EdgeReceiver: StreamReceiver {
    private let arrivals: EdgeArrivals

    init(_ arrivals: EdgeArrivals) { self.arrivals = arrivals }

    func received(_ chunk: Chunk, subscription: UInt8) {
        let edge = StreamEdgeReader.Edge(first: chunk.firstOffset, next: chunk.nextOffset, time: chunk.timestamp)
        arrivals.arrived(edge, subscription)
    }

    func metadataChanged(_ change: StreamChange) { arrivals.nothingComes() }
    func closed(_ error: StreamError) { arrivals.nothingComes(hasEnded: true) }
}
