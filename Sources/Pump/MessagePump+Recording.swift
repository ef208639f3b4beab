/// Writing down what is done before the source is told.
extension MessagePump {
    /// How long what is done may wait for that.
    private static let recordingInterval = Duration.milliseconds(20)
    /// How long the end of a session waits for it. What is not written by then comes again.
    private static let lastRecording = Duration.seconds(2)

    /// Writes and tells for as long as the session lasts; ``endRecording(_:)`` ends it. Cancelling the pump's task does not:
    /// what is in flight then is still settled.
    func startRecording() -> Task<Void, Never>? {
        guard let hold, case .queue(let source) = origin, let record = source.record else { return nil }
        return Task { await self.keepRecord(hold, record) }
    }

    /// Has the rest written and told.
    func endRecording(_ recording: Task<Void, Never>?) async {
        guard let recording else { return }
        hold?.isEnding = true
        let limit = Task {
            try? await Task.sleep(for: Self.lastRecording)
            if !Task.isCancelled { recording.cancel() }
        }
        await recording.value
        limit.cancel()
        await limit.value
    }

    private func keepRecord(
        _ hold: AcknowledgementHold,
        _ record: @Sendable (UInt64) async throws -> Void
    ) async {
        while true {
            let isLast = hold.isEnding
            if !isLast { try? await Task.sleep(for: Self.recordingInterval) }
            if let batch = hold.take() {
                do {
                    try await record(hold.told + batch.count)
                } catch {
                    session?.fail(.topology("what is done can't be written down: \(error)"))
                    return
                }
                hold.tell(batch)
            }
            if isLast { return }
        }
    }
}
