import Console
import FoundationEssentials
import Logging
import Recovery
import RopewayConfiguration
import Synchronization
import Testing

@testable import ropeway

@Suite("Reading the configuration again")
struct ReloadTests {
    private static func configuration(pair: String) -> String {
        """
        pair: \(pair)
        active: dc1
        sites:
          dc1: {amqp: [amqp://127.0.0.1:5672], management: [http://127.0.0.1:15672], username: a, password: b}
          dc2: {amqp: [amqp://127.0.0.1:5673], management: [http://127.0.0.1:15673], username: a, password: b}
        """
    }

    @Test("Given a daemon, when its file is changed, then a good one is handed over and a broken one changes nothing")
    func reload() async throws {
        let path = FileManager.default.temporaryDirectory.path + "/ropeway-reload-\(UUID().uuidString).yaml"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let engine = ScriptedEngine()
        let lines = Mutex<[String]>([])
        let service = ReloadService(
            path: path,
            pair: "a",
            engine: engine,
            token: BearerToken(.literal(Secret("before"))),
            logger: Logger(label: "daemon") { label in
                LineLogHandler(label: label, write: { line in lines.withLock { $0.append(line) } })
            }
        )

        try Data(Self.configuration(pair: "a").utf8).write(to: URL(filePath: path))
        await service.reload()
        #expect(engine.reloads.map(\.configuration.name) == ["a"])

        // When it is broken in two places, each is logged.
        lines.withLock { $0 = [] }
        let broken = Self.configuration(pair: "a").replacing("active: dc1", with: "active: dc3\nroutez: []")
        try Data(broken.utf8).write(to: URL(filePath: path))
        await service.reload()
        #expect(engine.reloads.count == 1)
        let logged = lines.withLock { $0 }
        #expect(logged.contains { $0.contains("the old one stays in force") })
        #expect(logged.contains { $0.contains("active") })
        #expect(logged.contains { $0.contains("routez") })

        // When it names another pair, it is not this daemon's.
        try Data(Self.configuration(pair: "b").utf8).write(to: URL(filePath: path))
        await service.reload()
        #expect(engine.reloads.count == 1)
    }
}
