import Synchronization

/// One run of a program, in a process group of its own.
///
/// A thread of its own waits for it, so that no thread of Swift's pool is blocked, however long it takes.
struct Command: Sendable {
    let path: String
    let arguments: [String]
    let environment: [String: String]
    /// What it finds on its standard input.
    let input: [UInt8]
    let timeout: Duration
    /// How long it has between SIGTERM and SIGKILL.
    let grace: Duration

    /// Runs it and waits for its end. Cancelling the task ends it, and its children with it.
    func run() async -> HookEnd {
        let cancellation = Cancellation()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                CommandThread.start(self, cancellation) { continuation.resume(returning: $0) }
            }
        } onCancel: {
            cancellation.set()
        }
    }
}

/// Whether a command is not wanted any more.
final class Cancellation: Sendable {
    private let flag = Atomic(false)

    var isSet: Bool { flag.load(ordering: .relaxed) }

    func set() { flag.store(true, ordering: .relaxed) }
}
