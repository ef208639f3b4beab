/// Runs an operation that can be cancelled and cancels it at the deadline.
///
/// - Returns: what the operation returned; `nil` if the deadline came first.
func withDeadline<Value: Sendable>(
    _ deadline: Duration,
    _ operation: @escaping @Sendable () async throws -> Value
) async throws -> Value? {
    try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask { try await operation() }
        group.addTask {
            try await Task.sleep(for: deadline)
            return nil
        }
        defer { group.cancelAll() }
        return try await group.next() ?? nil
    }
}
