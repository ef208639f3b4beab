import Synchronization

/// Counts what tasks publish and consume.
final class Tally: Sendable {
    private struct State {
        var confirmed = 0
        var unknown = 0
        var consumed: [Int: Int] = [:]
        var isOver = false
    }

    private let state = Mutex(State())

    var isOver: Bool { state.withLock { $0.isOver } }
    var confirmedCount: Int { state.withLock { $0.confirmed } }
    var unknownCount: Int { state.withLock { $0.unknown } }
    /// How often each number was consumed.
    var consumedNumbers: [Int: Int] { state.withLock { $0.consumed } }

    func confirmed() { state.withLock { $0.confirmed += 1 } }
    func unknown() { state.withLock { $0.unknown += 1 } }
    func consumed(_ number: Int) { state.withLock { $0.consumed[number, default: 0] += 1 } }
    /// Has publishers stop.
    func finish() { state.withLock { $0.isOver = true } }
}
