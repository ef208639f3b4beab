import NIOCore
import RabbitStream

/// Looks at where a stream ends, or begins, again and again.
///
/// What is delivered of a stream is committed: what had been confirmed when it was asked is before the end that is told.
package actor StreamEndProbe {
    /// Where a stream ends.
    package enum End: Sendable, Hashable {
        /// Behind its newest message, which is the one before this offset.
        case at(UInt64)
        /// It is empty, as the broker says.
        case empty
        /// It delivered nothing: it is empty, or slow.
        case nothing
    }

    private let stream: String
    private let reader: StreamEdgeReader
    private let ownsReader: Bool
    /// What a look found, and the newest chunk before it: where there is no newer one, it is still so.
    private var last: (chunk: Int64, end: UInt64)?

    /// Looks on a connection of its own.
    package init(
        of stream: String,
        on eventLoop: any EventLoop,
        connection configuration: @escaping @Sendable () throws -> StreamConnectionConfiguration
    ) {
        self.stream = stream
        reader = StreamEdgeReader(on: eventLoop, connection: configuration)
        ownsReader = true
    }

    /// Looks on a connection that others look on, too.
    package init(of stream: String, with reader: StreamEdgeReader) {
        self.stream = stream
        self.reader = reader
        ownsReader = false
    }

    /// Where the stream ends now.
    package func look() async throws -> End {
        try await asking { try await end() }
    }

    private func end() async throws -> End {
        let chunk = try await reader.newestChunk(of: stream)
        if let chunk, let last, last.chunk == chunk { return .at(last.end) }
        last = nil
        if let chunk, chunk < 0 { return .empty }
        guard let end = try await reader.edge(.last, of: stream)?.next else { return .nothing }
        if let chunk { last = (chunk, end) }
        return .at(end)
    }

    /// Where the stream begins now; `nil` where it delivers nothing.
    package func beginning() async throws -> StreamEdgeReader.Edge? {
        try await asking { try await reader.edge(.first, of: stream) }
    }

    /// After an error nothing of it is left open.
    private func asking<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch {
            await close()
            throw error
        }
    }

    /// The offset of the oldest message that a stream has, on a connection that is closed afterwards; `nil` where it delivers
    /// nothing. It is read as any consumer reads, since RabbitMQ 3.10 has no other way.
    static func firstOffset(
        of stream: String,
        on eventLoop: any EventLoop,
        connection: @escaping @Sendable () throws -> StreamConnectionConfiguration
    ) async throws -> UInt64? {
        let probe = StreamEndProbe(of: stream, on: eventLoop, connection: connection)
        let first = try await probe.beginning()?.first
        await probe.close()
        return first
    }

    /// Closes the connection, unless others look on it.
    package func close() async {
        last = nil
        if ownsReader { await reader.close() }
    }
}
