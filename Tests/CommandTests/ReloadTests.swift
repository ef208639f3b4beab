import ControlModel
import Foundation
import Logging
import RopewayConfiguration
import Synchronization
import Testing

@testable import ControlAPI
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
        let reloads = Mutex<[String]>([])
        let lines = Mutex<[String]>([])
        let service = ReloadService(
            path: path,
            pair: "a",
            token: BearerToken(.literal(Secret("before"))),
            logger: Logger(label: "daemon") { label in
                LineLogHandler(label: label, write: { line in lines.withLock { $0.append(line) } })
            },
            takeOver: { loaded in reloads.withLock { $0.append(loaded.configuration.name) } }
        )

        try Data(Self.configuration(pair: "a").utf8).write(to: URL(filePath: path))
        await service.reload()
        #expect(reloads.withLock { $0 } == ["a"])

        // When it is broken in two places, each is logged.
        lines.withLock { $0 = [] }
        let broken = Self.configuration(pair: "a").replacing("active: dc1", with: "active: dc3\nroutez: []")
        try Data(broken.utf8).write(to: URL(filePath: path))
        await service.reload()
        #expect(reloads.withLock { $0.count } == 1)
        let logged = lines.withLock { $0 }
        #expect(logged.contains { $0.contains("the old one stays in force") })
        #expect(logged.contains { $0.contains("active") })
        #expect(logged.contains { $0.contains("routez") })

        // When it is a pipe that nobody writes to, nothing waits for it.
        try FileManager.default.removeItem(atPath: path)
        try #require(mkfifo(path, 0o600) == 0)
        await service.reload()
        #expect(reloads.withLock { $0.count } == 1)
        #expect(lines.withLock { $0 }.contains { $0.contains("not a regular file") })
        try FileManager.default.removeItem(atPath: path)

        // When it names another pair, it is not this daemon's.
        try Data(Self.configuration(pair: "b").utf8).write(to: URL(filePath: path))
        await service.reload()
        #expect(reloads.withLock { $0.count } == 1)
    }

    @Test(
        "Given a token that went to somebody, when another is configured and read, then the one before is worth nothing"
    )
    func rotation() async throws {
        let directory = FileManager.default.temporaryDirectory.path + "/ropeway-reload-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        func write(_ text: String, to name: String) throws {
            try Data(text.utf8).write(to: URL(filePath: "\(directory)/\(name)"))
        }
        func admits(_ text: String) throws -> Bool { try token.admits(authorization: "Bearer \(text)") }
        let token = BearerToken(.file("\(directory)/old"))
        let lines = Mutex<[String]>([])
        let service = ReloadService(
            path: "\(directory)/ropeway.yaml",
            pair: "a",
            token: token,
            logger: Logger(label: "daemon") { label in
                LineLogHandler(label: label, write: { line in lines.withLock { $0.append(line) } })
            },
            takeOver: { _ in }
        )
        try write("the-token-that-leaked", to: "old")
        #expect(try admits("the-token-that-leaked"))

        // When the file's content is replaced, then no reload is needed.
        try write("the-second-token", to: "old")
        #expect(try admits("the-second-token"))
        #expect(try !admits("the-token-that-leaked"))

        // When the configuration names another file, then it needs one.
        try write("the-third-token", to: "new")
        let configuration = Self.configuration(pair: "a") + "\napi: {token: {file: \(directory)/new}}"
        try write(configuration, to: "ropeway.yaml")
        #expect(try admits("the-second-token"))
        await service.reload()
        #expect(try admits("the-third-token"))
        #expect(try !admits("the-second-token"))

        // When it names one that is not there, then the one before stays, and the log says so without showing it.
        try write(configuration.replacing("/new", with: "/none"), to: "ropeway.yaml")
        await service.reload()
        #expect(try admits("the-third-token"))
        let logged = lines.withLock { $0 }.joined(separator: "\n")
        #expect(logged.contains("the old one stays in force"))
        #expect(!logged.contains("-token-") && !logged.contains("the-third"))
    }
}
