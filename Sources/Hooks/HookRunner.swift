import HTTPClient

/// Runs hooks. Every run ends: in its time, or shortly after it.
package struct HookRunner: Sendable {
    /// How long a program has between SIGTERM and SIGKILL.
    package static let grace = Duration.seconds(2)

    private let client: CurlClient
    private let environment: [String: String]

    /// Creates a runner.
    ///
    /// - Parameters:
    ///   - client: posts to web addresses.
    ///   - environment: the variables of programs.
    package init(client: CurlClient, environment: [String: String]) {
        self.client = client
        self.environment = environment
    }

    /// Runs a hook and waits for its end. Cancelling the task ends the hook.
    ///
    /// - Parameter limit: the most that it may take, where that is less than its own time limit.
    package func run(_ hook: Hook, _ event: HookEvent, within limit: Duration? = nil) async -> HookEnd {
        let started = ContinuousClock.now
        let timeout = min(hook.timeout, limit ?? hook.timeout)
        var end: HookEnd
        do {
            let json = try event.json
            switch hook.action {
            case .command(let path, let arguments):
                let command = Command(
                    path: path,
                    arguments: arguments,
                    environment: environment,
                    input: json + [UInt8(ascii: "\n")],
                    timeout: timeout,
                    grace: Self.grace
                )
                end = await command.run()
            case .webhook(let webhook):
                let delivery = WebhookDelivery(webhook: webhook, body: json, run: event.run, timeout: timeout)
                end = await delivery.run(client)
            }
        } catch {
            end = HookEnd(.notStarted("the event can't be written: \(error)"))
        }
        end.duration = ContinuousClock.now - started
        return end
    }
}
