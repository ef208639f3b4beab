/// Works that are done one after the other, in the order in which they came.
struct SerialLane: Sendable {
    private let works: AsyncStream<@Sendable () async -> Void>
    private let continuation: AsyncStream<@Sendable () async -> Void>.Continuation

    init() {
        (works, continuation) = AsyncStream.makeStream()
    }

    /// Does the works until ``finish()``, or until the task is cancelled.
    func run() async {
        for await work in works { await work() }
    }

    /// Appends a work.
    func append(_ work: @escaping @Sendable () async -> Void) { continuation.yield(work) }

    func finish() { continuation.finish() }
}
