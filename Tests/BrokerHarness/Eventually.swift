/// Asks again and again until something holds.
///
/// An error that the condition throws counts as "not yet" and is named if the deadline passes, since what is waited for
/// is often something that cannot even be asked at first.
///
/// - Parameters:
///   - deadline: how long to go on asking. The condition itself is not interrupted: it must not wait for ever.
///   - what: what is waited for, as it should read in the error: "the queue is empty".
///   - condition: asked at once and then every 20 ms.
/// - Throws: ``HarnessError`` at the deadline; `CancellationError` if the task is cancelled.
public func eventually(
    within deadline: Duration,
    _ what: String,
    condition: () async throws -> Bool
) async throws {
    let clock = ContinuousClock()
    let end = clock.now + deadline
    var lastError: (any Error)?
    while true {
        do {
            if try await condition() { return }
            lastError = nil
        } catch let error as CancellationError {
            throw error
        } catch {
            lastError = error
        }
        guard clock.now < end else {
            let reason = lastError.map { "; the last answer was: \($0)" } ?? ""
            throw HarnessError("not within \(deadline): \(what)\(reason)")
        }
        try await Task.sleep(for: .milliseconds(20))
    }
}
