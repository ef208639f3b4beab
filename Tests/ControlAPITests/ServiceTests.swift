import ControlAPI
import ControlModel
import FoundationEssentials
import HTTPClient
import HTTPHarness
import Logging
import Testing

@Suite("The API's listeners", .timeLimit(.minutes(1)))
struct ServiceTests {
    @Test("Given a port that a foreign process has, when a daemon starts, then it says so, tries again and gets it")
    func retried() async throws {
        let foreign = try ScriptedServer { _ in }
        let (changes, change) = AsyncStream<ListenerReport>.makeStream()
        let board = ListenerBoard { change.yield($0) }
        var settings = LiveAPI.settings(port: foreign.port)
        settings.board = board
        let service = LiveAPI.service(settings)
        let running = Task { try await service.run() }
        var iterator = changes.makeAsyncIterator()
        var since: Set<Date> = []
        // When it has tried twice, then the reason is the same since the first time.
        for _ in 0..<2 {
            let report = try #require(await iterator.next())
            #expect(report.address == "127.0.0.1:\(foreign.port)")
            #expect(!report.listening)
            #expect(report.error?.code == "address-in-use")
            if let time = report.error?.since { since.insert(time) }
        }
        #expect(since.count == 1)
        // And when the port is free, it has it.
        foreign.stop()
        while let report = await iterator.next(), !report.listening {}
        #expect(board.listeners == [ListenerReport(address: "127.0.0.1:\(foreign.port)", listening: true)])
        running.cancel()
        _ = await running.result
    }
}
