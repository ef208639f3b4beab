import NIOCore
import RabbitStream
import Waiting

/// Where a stream begins at the moment.
enum StreamBeginning {
    /// The offset of the oldest message that a stream has; `nil` where it has none.
    ///
    /// It is read as any consumer reads, since RabbitMQ 3.10 has no other way, on a connection of its own.
    static func firstOffset(
        of stream: String,
        _ configuration: StreamConnectionConfiguration,
        on eventLoop: any EventLoop,
        patience: Duration = .seconds(5)
    ) async throws(StreamError) -> UInt64? {
        let first = Waiter<UInt64?>()
        let connection = try await StreamConnection.connect(configuration, on: eventLoop) { _ in
            ChunkSourceReceiver(first: first)
        }
        do throws(StreamError) {
            _ = try await connection.subscribe(stream, from: .first, credit: 1)
        } catch {
            await connection.close()
            throw error
        }
        // A stream that has messages delivers at once.
        let timeout = eventLoop.scheduleTask(in: TimeAmount(patience)) { _ = first.resume(returning: nil) }
        let offset = await first.wait(orIfCancelled: nil)
        timeout.cancel()
        await connection.close()
        return offset
    }
}
