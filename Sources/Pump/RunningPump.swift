/// What moves messages until it is stopped, whatever it moves them between.
package protocol RunningPump: Sendable {
    /// Runs until all is moved that was to be, or the task is cancelled. Failures are waited out.
    func run() async -> MessagePump.Ending
    /// Settles what is in flight and holds up everything else.
    func pause() async
    func resume() async
    func status() async -> PumpStatus
}

extension MessagePump: RunningPump {}
extension ChunkPump: RunningPump {}
