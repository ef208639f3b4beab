/// Works that run side by side until their owner stops them.
final class OwnedTasks: Sendable {
    private let task: Task<Void, Never>

    /// Starts the works at once.
    init(_ works: [@Sendable () async -> Void]) {
        task = Task {
            await withDiscardingTaskGroup { group in
                for work in works { group.addTask { await work() } }
            }
        }
    }

    /// Cancels the works.
    func cancel() { task.cancel() }

    /// Cancels the works and returns once all have ended.
    func stop() async {
        task.cancel()
        await task.value
    }
}
