import AMQP
import NIOCore

extension AMQPConnection {
    /// Connects, or gives up at the deadline, whichever endpoint or phase it is that takes long.
    ///
    /// - Throws: ``AMQPError``; at the deadline with the code timedOut.
    static func connect(
        _ configuration: ConnectionConfiguration,
        on eventLoop: any EventLoop,
        until deadline: ContinuousClock.Instant
    ) async throws(AMQPError) -> AMQPConnection {
        let remaining = deadline - .now
        var configuration = configuration
        configuration.connectTimeout = max(.milliseconds(1), min(configuration.connectTimeout, remaining))
        configuration.handshakeTimeout = max(.milliseconds(1), min(configuration.handshakeTimeout, remaining))
        let fixed = configuration
        let result = await withTaskGroup(of: Result<AMQPConnection, AMQPError>?.self) { group in
            group.addTask {
                do throws(AMQPError) {
                    return .success(try await connect(fixed, on: eventLoop))
                } catch {
                    return .failure(error)
                }
            }
            group.addTask {
                try? await Task.sleep(until: deadline, clock: .continuous)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            if first == nil {
                // One that came about at the same moment would be left open.
                for await late in group {
                    if case .success(let connection)? = late { connection.drop() }
                }
            }
            return first
        }
        guard let result else {
            throw AMQPError(.timedOut, reason: "no connection came about in time", attempted: "connect")
        }
        return try result.get()
    }
}
