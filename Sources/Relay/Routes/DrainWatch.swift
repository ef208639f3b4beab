import Waiting

/// Tells when a sentinel that was put behind everything captured has come out at the other end.
package final class DrainWatch: Sendable {
    private let passed = Locked<Set<String>>([])

    package init() {}

    func pass(_ id: String) {
        passed.withLock { passed in
            if passed.count > 1000 { passed.removeAll() }
            passed.insert(id)
        }
    }

    func hasPassed(_ id: String) -> Bool { passed.withLock { $0.contains(id) } }
}
