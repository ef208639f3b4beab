import BrokerHarness
import Foundation
import RopewayHarness
import Testing

@Suite("ropeway lag --watch", .serialized, .timeLimit(.minutes(2)))
struct LagWatchTests {
    @Test(
        "Given a daemon, when its lag is watched, then each look is a line, through a restart, and SIGINT ends it with 0",
        arguments: ["json", "human"]
    )
    func watch(format: String) async throws {
        let bench = try await LagBench.make()
        let first = try bench.ropeway.run()
        try await bench.ropeway.untilRunning()
        // When it is watched through the daemon's API, which goes away meanwhile
        let watch = try bench.ropeway.start(
            ["lag", "--watch", "--format", format, "--api", "http://127.0.0.1:\(bench.ropeway.apiPort)"]
        )
        try await lines(of: watch, 2)
        first.kill()
        _ = try await first.wait(within: .seconds(10))
        let before = try await lines(of: watch, 3)
        let second = try bench.ropeway.run()
        defer { second.kill() }
        try await bench.ropeway.untilRunning()
        var all = try await lines(of: watch, before.count + 3)
        // Then each line is a look
        let isAnswer: (Substring) -> Bool = { line in
            guard format == "json" else { return line.contains("  orders 0 s, 0 messages") }
            return (try? JSON(text: String(line)))?.routes[0].lag.known.bool == true
        }
        let isNone: (Substring) -> Bool = { line in
            guard format == "json" else { return line.contains("  unknown: ") }
            return (try? JSON(text: String(line)))?.error.code.string != nil
        }
        // A busy machine has one or another look come to nothing.
        try await eventually(within: .seconds(20), "a look after the restart is answered") {
            all = try watch.output().split(separator: "\n")
            return all.dropFirst(before.count).contains(where: isAnswer)
        }
        #expect(all.contains(where: isNone), "\(all)")
        watch.signal(SIGINT)
        #expect(try await watch.wait(within: .seconds(10)) == .status(0))
    }

    /// Waits for so many lines.
    @discardableResult
    private func lines(of child: ChildProcess, _ count: Int) async throws -> [Substring] {
        try await eventually(within: .seconds(20), "\(count) lines") {
            try child.output().count { $0 == "\n" } >= count
        }
        return try child.output().split(separator: "\n")
    }
}
