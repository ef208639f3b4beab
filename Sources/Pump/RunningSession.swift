import NIOConcurrencyHelpers
import NIOCore

/// Ties a session, which lives on an event loop, to the task that waits for its end.
final class RunningSession: Sendable {
    private let eventLoop: any EventLoop
    private let session = NIOLockedValueBox<(NIOLoopBound<PumpSession>, TimeAmount)?>(nil)

    init(eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func start(_ session: NIOLoopBound<PumpSession>, drainTimeout: Duration) {
        self.session.withLockedValue { $0 = (session, TimeAmount(drainTimeout)) }
        eventLoop.execute { session.value.watchRepeatedly() }
    }

    func fail(_ error: PumpError) async {
        guard let (session, _) = session.withLockedValue({ $0 }) else { return }
        try? await eventLoop.submit { session.value.fail(error) }.get()
    }

    /// Waits for the end; cancelling the task stops the session, and after the time-out ends it.
    func end() async -> PumpSession.End {
        guard let (session, timeout) = session.withLockedValue({ $0 }) else { return .stopped(drained: false) }
        let eventLoop = eventLoop
        return await withTaskCancellationHandler {
            let end = try? await eventLoop.flatSubmit { session.value.end }.get()
            return end ?? .stopped(drained: false)
        } onCancel: {
            eventLoop.execute {
                session.value.stop()
                session.value.abort(after: timeout)
            }
        }
    }
}
