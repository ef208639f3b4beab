import Synchronization
import Waiting

/// Lets a loop sleep until its time is over or somebody wakes it.
final class WakeSignal: Sendable {
    private let sleeping = Mutex<Waiter<Void>?>(nil)

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
        sleeping.withLock { waiter in
            defer { waiter = nil }
            return waiter
        }?.resume(returning: ())
    }

    private func signalled() async {
        let waiter = Waiter<Void>()
        let previous = sleeping.withLock { sleeping in
            defer { sleeping = waiter }
            return sleeping
        }
        previous?.resume(returning: ())
        await waiter.wait(orIfCancelled: ())
    }
}
