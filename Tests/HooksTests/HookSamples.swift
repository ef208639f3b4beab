import FoundationEssentials
import HTTPClient
import Hooks

/// What the tests of hooks begin from.
enum HookSamples {
    static let event = HookEvent(
        occasion: .beforePromotion,
        hook: "dns",
        run: "r-1",
        pair: "orders-dr",
        site: "dc2",
        from: "dc1",
        epoch: 2,
        kind: "planned",
        operation: "p-1",
        time: Date(timeIntervalSince1970: 1_796_119_200),
        routes: ["orders"],
        steps: [.init(step: "locking", site: "dc2", state: "done", seconds: 0.5)]
    )

    /// Runs a shell script as a hook.
    static func run(
        _ script: String,
        _ event: HookEvent = event,
        timeout: Duration = .seconds(20),
        environment: [String: String] = ["PATH": "/usr/bin:/bin"]
    ) async -> HookEnd {
        let client = CurlClient()
        let runner = HookRunner(client: client, environment: environment)
        let hook = Hook(
            name: "dns",
            action: .command(path: "/bin/sh", arguments: ["-c", script]),
            timeout: timeout
        )
        let end = await runner.run(hook, event)
        await client.shutdown()
        return end
    }

    /// Posts to a web address as a hook.
    static func post(
        _ address: String,
        key: WebhookKey? = nil,
        retries: Int = 4,
        timeout: Duration = .seconds(20)
    ) async throws -> HookEnd {
        guard let address = WebhookAddress(address) else { throw Problem(address) }
        let client = CurlClient()
        let runner = HookRunner(client: client, environment: [:])
        let hook = Hook(
            name: "pager",
            action: .webhook(.init(address: address, key: key, retries: retries)),
            timeout: timeout
        )
        let end = await runner.run(hook, event)
        await client.shutdown()
        return end
    }

    struct Problem: Error {
        let what: String
        init(_ what: String) { self.what = what }
    }
}
