import NIOCore
import RabbitStream

/// Offsets that a stream left out: what its brokers put into it for themselves, or messages that retention has removed.
enum StreamHole {
    /// Finds out which of the offsets are before all that the stream still has, so that retention has removed them.
    ///
    /// - Returns: none where brokers put something of their own there; `nil` where the stream does not tell.
    static func removed(
        _ hole: Range<UInt64>,
        from stream: String,
        _ connection: @escaping @Sendable () throws -> StreamConnectionConfiguration,
        on eventLoop: any EventLoop
    ) async -> Range<UInt64>? {
        // It is read as any consumer reads, since RabbitMQ 3.10 has no other way.
        let probe = StreamEndProbe(of: stream, on: eventLoop, connection: connection)
        let beginning = try? await probe.beginning()
        await probe.close()
        guard let first = beginning?.first else { return nil }
        return hole.clamped(to: 0..<max(first, hole.lowerBound))
    }
}
