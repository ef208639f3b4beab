/// Works that are done one after the other, in the order in which they came.
struct SerialLane: Sendable {
    private let works: AsyncStream<@Sendable () async -> Void>
    private let continuation: AsyncStream<@Sendable () async -> Void>.Continuation

    init() {
        (works, continuation) = AsyncStream.makeStream()
    }

    /// Does the works until ``finish()``. All that were appended before are done, also where the task is cancelled:
    /// somebody may wait for them.
    func run() async {
        await Task { for await work in works { await work() } }.value
    }

    /// Appends a work.
    ///
    /// - Returns: whether it will be done: not after ``finish()``.
    @discardableResult
    func append(_ work: @escaping @Sendable () async -> Void) -> Bool {
        if case .terminated = continuation.yield(work) { false } else { true }
    }

    func finish() { continuation.finish() }
}
