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
        let found = try? await StreamEndProbe.firstOffset(of: stream, on: eventLoop, connection: connection)
        guard let first = found else { return nil }
        return hole.clamped(to: 0..<max(first, hole.lowerBound))
    }
}
