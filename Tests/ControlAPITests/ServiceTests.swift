import ControlAPI
import ControlModel
import ErrorCodes
import FoundationEssentials
import HTTPClient
import HTTPHarness
import Logging
import RopewayConfiguration
import Testing

@Suite("The API's listeners", .timeLimit(.minutes(1)))
struct ServiceTests {
    private static func configuration() throws -> APIConfiguration {
        let text = """
            pair: orders-dr
            active: dc1
            sites:
              dc1: {amqp: [amqp://127.0.0.1:5672], management: [http://127.0.0.1:15672], username: a, password: b}
              dc2: {amqp: [amqp://127.0.0.1:5673], management: [http://127.0.0.1:15673], username: a, password: b}
            """
        return try PairConfiguration.parse(text, file: "pair.yaml", environment: [:]).configuration.api
    }

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

    @Test("Given a token file that can't be used, when a daemon starts, then it says so, and listens once it can be")
    func noToken() async throws {
        let directory = FileManager.default.temporaryDirectory.path + "/ropeway-service-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let file = "\(directory)/orders-dr.token"
        #expect(FileManager.default.createFile(atPath: file, contents: Data("short\n".utf8)))
        let (changes, change) = AsyncStream<ListenerReport>.makeStream()
        var settings = LiveAPI.settings()
        settings.board = ListenerBoard { change.yield($0) }
        settings.token = BearerToken(
            configuration: try Self.configuration(),
            pair: "orders-dr",
            environment: ["ROPEWAY_STATE": directory]
        )
        let service = LiveAPI.service(settings)
        let running = Task { try await service.run() }
        var iterator = changes.makeAsyncIterator()
        let report = try #require(await iterator.next())
        #expect(!report.listening)
        #expect(report.error?.knownCode == .tokenFileUnusable)
        // When somebody mends it.
        try FileManager.default.removeItem(atPath: file)
        while let report = await iterator.next(), !report.listening {}
        #expect(FileManager.default.fileExists(atPath: file))
        running.cancel()
        _ = await running.result
    }
}
