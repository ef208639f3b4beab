/// How long the relay waits for the tripwire of a capture.
///
/// Its queue is a classic one. Where the node that holds it is down, RabbitMQ 3.10 says so at once, and 4.0 only after it
/// has tried for more than a minute. The capture itself may well work meanwhile.
enum GapPatience {
    /// A broker that works answers within milliseconds.
    static let limit = Duration.seconds(3)

    /// Runs `body`, which has to end when its task is cancelled.
    ///
    /// - Returns: `nil` if it took longer than ``limit``.
    static func limited<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) async -> Value? {
        await withTaskGroup(of: Value?.self) { group in
            group.addTask { await body() }
            group.addTask {
                try? await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }
}
