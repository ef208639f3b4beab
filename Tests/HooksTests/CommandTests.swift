import Foundation
import HTTPClient
import Hooks
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite("A command as a hook", .timeLimit(.minutes(2)))
struct CommandTests {
    /// A file of a test's own that does not exist yet.
    private func freshPath() -> String {
        FileManager.default.temporaryDirectory.appending(path: "ropeway-hook-\(UUID().uuidString)").path
    }

    /// Waits until a process is gone, or so many seconds have passed.
    private func isGone(_ process: Int32, within seconds: Double = 5) async throws -> Bool {
        let deadline = Date().addingTimeInterval(seconds)
        while Date() < deadline {
            // Killed and not reaped by init yet is gone as well.
            let state = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8))?
                .split(separator: ")").last?.split(separator: " ").first
            if state == nil || state == "Z" { return true }
            try await Task.sleep(for: .milliseconds(20))
        }
        return false
    }

    private func number(in path: String) throws -> Int32 {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        return try #require(Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    }

    @Test("gets the event on its standard input, with every key")
    func input() async throws {
        // given
        let path = freshPath()

        // when
        let end = await HookSamples.run("cat > \(path)")

        // then
        #expect(end.hasSucceeded, "\(end)")
        let data = try Data(contentsOf: URL(filePath: path))
        let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(
            json.keys.sorted() == [
                "epoch", "event", "from", "hook", "kind", "operation", "pair", "reasons", "result", "routes", "run",
                "site", "started", "steps", "time", "version",
            ]
        )
        #expect(json["event"] as? String == "before-promotion")
        #expect(json["time"] as? String == "2026-12-01T10:00:00Z")
        #expect(json["result"] is NSNull)
    }

    @Test("tells its status, and the end of what it said on standard error")
    func fails() async {
        let end = await HookSamples.run("echo fine; echo 'no such zone' >&2; exit 7")
        #expect(end.result == .exited(7))
        #expect(end.said == "no such zone")
        #expect(end.summary == "returned 7: no such zone")
    }

    @Test("that a signal ends is told of as that")
    func signalled() async {
        let end = await HookSamples.run("kill -9 $$")
        #expect(end.result == .signalled(9))
    }

    @Test("that can't be started is told of as that", arguments: ["/nowhere/hook", "/etc/hostname", "/"])
    func notStarted(path: String) async {
        let client = CurlClient()
        let hook = Hook(name: "dns", action: .command(path: path, arguments: []), timeout: .seconds(5))
        let end = await HookRunner(client: client, environment: [:]).run(hook, HookSamples.event)
        #expect(end.code == "not-started", "\(end)")
        #expect(end.summary.contains(path))
        await client.shutdown()
    }

    @Test("that hangs is ended in its time, and its children with it")
    func hangs() async throws {
        // given
        let path = freshPath()

        // when
        let end = await HookSamples.run("sleep 600 & echo $! > \(path); wait", timeout: .milliseconds(500))

        // then
        #expect(end.result == .timedOut)
        #expect(end.duration < .seconds(4), "\(end.duration)")
        #expect(try await isGone(number(in: path)))
    }

    @Test("that ignores SIGTERM is killed, and so are its children")
    func ignores() async throws {
        // given
        let path = freshPath()

        // when
        let script = "trap '' TERM; (trap '' TERM; echo $$ > \(path).parent; sleep 600) & echo $! > \(path); "
        let end = await HookSamples.run(script + "while :; do sleep 1; done", timeout: .milliseconds(500))

        // then
        #expect(end.result == .timedOut)
        #expect(end.duration < .seconds(7), "\(end.duration)")
        #expect(try await isGone(number(in: path)))
    }

    @Test("that ends at SIGTERM takes a child with it that ignores that")
    func stubbornChild() async throws {
        // given
        let path = freshPath()

        // when
        let script = "(trap '' TERM; while :; do sleep 1; done) & echo $! > \(path); sleep 600"
        let end = await HookSamples.run(script, timeout: .milliseconds(500))

        // then
        #expect(end.result == .timedOut)
        #expect(try await isGone(number(in: path)))
    }

    @Test("that leaves a child behind, which holds its output and floods it, is not waited for")
    func leavesChildren() async throws {
        // given
        let path = freshPath()

        // when
        let end = await HookSamples.run("yes flood & echo $! > \(path); echo done >&2; exit 0", timeout: .seconds(30))

        // then
        #expect(end.hasSucceeded, "\(end)")
        #expect(end.duration < .seconds(10), "\(end.duration)")
        #expect(try await isGone(number(in: path)))
    }

    @Test("that floods its output goes on to its end, and only the end of that is kept")
    func floods() async {
        // 16 MB on both streams
        let flood = "head -c 16000000 /dev/zero | tr '\\0' x"
        let end = await HookSamples.run("\(flood); \(flood) >&2; echo ' the end' >&2; exit 3", timeout: .seconds(60))
        #expect(end.result == .exited(3), "\(end.code)")
        #expect(end.said.hasSuffix("x the end"))
        #expect(end.said.count <= 301)
    }

    @Test("that floods its output without end is ended in its time")
    func floodsForEver() async {
        let end = await HookSamples.run("yes & yes >&2", timeout: .milliseconds(500))
        #expect(end.result == .timedOut)
        #expect(end.duration < .seconds(4), "\(end.duration)")
    }

    @Test(
        "that reads nothing of a large event, or closes it at once, does no harm",
        arguments: [":", "exec <&-; sleep 0.2"]
    )
    func readsNothing(script: String) async {
        var event = HookSamples.event
        event.reasons = (0..<4000).map { .init(code: "code-\($0)", message: String(repeating: "m", count: 500)) }
        let end = await HookSamples.run("\(script); exit 0", event)
        #expect(end.hasSucceeded, "\(end)")
    }

    @Test("gets a large event whole")
    func readsAll() async throws {
        var event = HookSamples.event
        event.reasons = (0..<4000).map { .init(code: "code-\($0)", message: String(repeating: "m", count: 500)) }
        let end = await HookSamples.run("wc -c >&2; exit 1", event)
        #expect(end.said == String(try event.json.count + 1))
    }

    @Test("starts with no signal blocked or ignored, and has only the variables that it is given")
    func surroundings() async throws {
        let end = await HookSamples.run(
            "grep -E 'Sig(Blk|Ign)' /proc/self/status >&2; env >&2; exit 1",
            environment: ["PATH": "/usr/bin:/bin", "ZONE": "example"]
        )
        #expect(end.said.contains("SigBlk: 0000000000000000"), "\(end.said)")
        // 32 and 33 are the C library's own.
        let ignored = end.said.split(separator: " ").drop { $0 != "SigIgn:" }.dropFirst().first
        #expect(try #require(ignored.flatMap { UInt64($0, radix: 16) }) & 0x7FFF_FFFF == 0, "\(end.said)")
        #expect(end.said.contains("ZONE=example"))
        #expect(!end.said.contains("HOME="))
    }

    @Test("inherits nothing that is open: one that outlives Ropeway does not keep its port taken")
    func descriptors() async throws {
        // given a descriptor that is not marked as close-on-exec
        let descriptor = fcntl(STDERR_FILENO, F_DUPFD, 200)
        defer { _ = close(descriptor) }
        let path = freshPath()

        // when
        let end = await HookSamples.run("ls /proc/$$/fd > \(path)")

        // then
        #expect(end.hasSucceeded, "\(end)")
        let open = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        #expect(descriptor >= 200 && open.contains("0"))
        #expect(open.allSatisfy { (Int($0) ?? 200) < 200 }, "\(open)")
    }

    @Test("that is called off is ended at once")
    func cancelled() async throws {
        // given
        let path = freshPath()
        let running = Task { await HookSamples.run("echo $$ > \(path); sleep 600", timeout: .seconds(60)) }
        let deadline = Date().addingTimeInterval(10)
        while (try? number(in: path)) == nil, Date() < deadline { try await Task.sleep(for: .milliseconds(20)) }

        // when
        running.cancel()
        let end = await running.value

        // then
        #expect(end.result == .cancelled)
        #expect(end.duration < .seconds(10))
        #expect(try await isGone(number(in: path)))
    }

    @Test("keeps no thread of Swift's pool: many hang at once, and all end in their time")
    func many() async {
        let started = ContinuousClock.now
        await withTaskGroup(of: HookEnd.self) { group in
            for _ in 0..<16 { group.addTask { await HookSamples.run("sleep 600", timeout: .milliseconds(500)) } }
            for await end in group { #expect(end.result == .timedOut) }
        }
        #expect(ContinuousClock.now - started < .seconds(15))
    }

    @Test("can't write to a terminal through what it says")
    func controlCharacters() async {
        let end = await HookSamples.run("printf '\\033[2Jred\\nline two\\r\\007' >&2; exit 1")
        #expect(end.said == "[2Jred line two")
    }
}
