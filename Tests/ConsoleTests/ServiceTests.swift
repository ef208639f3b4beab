import Console
import HTTPClient
import HTTPHarness
import Logging
import Recovery
import Testing

@Suite("The API's listeners", .timeLimit(.minutes(1)))
struct ServiceTests {
    @Test("Given a port that a foreign process has, when a daemon starts, then it says so, tries again and gets it")
    func retried() async throws {
        let foreign = try ScriptedServer { _ in }
        var settings = LiveConsole.settings(port: foreign.port)
        settings.board = ListenerBoard()
        let board = settings.board
        let service = ConsoleService(
            control: FakePair(),
            settings: settings,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            firstWait: .milliseconds(10),
            longestWait: .milliseconds(20)
        )
        let running = Task { try await service.run() }
        while board.listeners.first?.error == nil { await Task.yield() }
        #expect(board.listeners.first?.error?.code == "address-in-use")
        #expect(board.listeners.first?.listening == false)
        foreign.stop()
        while board.listeners.first?.listening != true { try await Task.sleep(for: .milliseconds(5)) }
        #expect(board.listeners == [ListenerReport(address: "127.0.0.1:\(foreign.port)", listening: true)])
        running.cancel()
        _ = await running.result
    }
}
