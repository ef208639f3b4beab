import Synchronization

/// Lets a loop sleep until its time is over or somebody wakes it.
final class WakeSignal: Sendable {
    private let sleeping = Mutex<CheckedContinuation<Void, Never>?>(nil)

    /// Returns after `duration`, at ``signal()``, or when the task is cancelled.
    func wait(for duration: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await Task.sleep(for: duration) }
            group.addTask { await self.signalled() }
            await group.next()
            group.cancelAll()
        }
    }

    func signal() {
        sleeping.withLock { continuation in
            defer { continuation = nil }
            return continuation
        }?.resume()
    }

    private func signalled() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let previous = sleeping.withLock { sleeping in
                    defer { sleeping = continuation }
                    return sleeping
                }
                previous?.resume()
                if Task.isCancelled { signal() }
            }
        } onCancel: {
            signal()
        }
    }
}
