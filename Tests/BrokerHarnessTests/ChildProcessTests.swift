import BrokerHarness
import Foundation
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ChildProcessTests {
    @Test(
        "Given a child that writes more than a pipe holds, when it ends, then its status and all its output are there"
    )
    func capturesOutput() async throws {
        let child = try ChildProcess.start(
            "/bin/bash",
            ["-c", "head -c 1000000 /dev/zero; echo $WORD >&2; exit 3"],
            environment: ["WORD": "w"]
        )
        #expect(try await child.wait(within: .seconds(10)) == .status(3))
        #expect(try child.output().utf8.count == 1_000_000)
        #expect(try child.errorOutput() == "w\n")
    }

    @Test(
        "Given a child that goes on, when the deadline passes, then waiting fails, and after a kill it tells the signal"
    )
    func killed() async throws {
        let child = try ChildProcess.start("/bin/sleep", ["100"])
        await #expect(throws: HarnessError.self) { try await child.wait(within: .milliseconds(100)) }
        #expect(child.isRunning)
        child.kill()
        #expect(try await child.wait(within: .seconds(10)) == .signal(9))
        #expect(!child.isRunning)
    }

    @Test("Given a busy child, when it is measured, then it has used memory and processor time")
    func measures() async throws {
        let child = try ChildProcess.start("/bin/bash", ["-c", "while :; do :; done"])
        try await eventually(within: .seconds(20), "it has used 50 ms") {
            try child.processorTime() >= .milliseconds(50)
        }
        #expect(try child.peakMemory() > 500_000)
        child.kill()
        try await child.wait(within: .seconds(10))
        #expect(throws: HarnessError.self) { try child.peakMemory() }
    }

    @Test("Given a test on Swift's pool, when it starts a child, then the child hears every signal")
    func signals() async throws {
        let child = try ChildProcess.start("/bin/grep", ["SigBlk", "/proc/self/status"])
        #expect(try await child.wait(within: .seconds(10)) == .status(0))
        #expect(try child.output() == "SigBlk:\t0000000000000000\n")
    }

    @Test("Given a program that is not there, when it is started, then the error names it")
    func notThere() {
        #expect(throws: HarnessError.self) { try ChildProcess.start("/nonexistent/program") }
    }

    @Test("Given programs that ended, when many were started, then no descriptor is left over")
    func closesDescriptors() async throws {
        func descriptors() throws -> Int { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count }
        _ = try await ChildProcess.start("/bin/true").wait(within: .seconds(10))
        let before = try descriptors()
        for _ in 0..<50 { _ = try await ChildProcess.start("/bin/true").wait(within: .seconds(10)) }
        #expect(try descriptors() < before + 10)
    }
}
