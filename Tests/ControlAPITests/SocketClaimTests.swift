import ControlModel
import FoundationEssentials
import Logging
import RopewayConfiguration
import Testing

@testable import ControlAPI

@Suite("The place of the API's socket", .timeLimit(.minutes(1)))
struct SocketClaimTests {
    private static func withDirectory(_ body: (String) async throws -> Void) async throws {
        let directory = "/tmp/ropeway-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try await body(directory)
    }

    @Test("Given a file that is no socket, when a daemon or a check looks, then it is refused and left alone")
    func file() async throws {
        try await Self.withDirectory { directory in
            let place = SocketPlace(path: "\(directory)/notes.txt")
            try place.prepare()
            #expect(FileManager.default.createFile(atPath: place.path, contents: Data("mine".utf8)))
            #expect(throws: OperationError.self) { try place.checkUsable() }
            #expect(throws: OperationError.self) { _ = try SocketClaim(place) }
            #expect(FileManager.default.contents(atPath: place.path) == Data("mine".utf8))
        }
    }

    @Test("Given a socket that is deleted or replaced, when it is looked for, then it is made again, and said why")
    func lost() async throws {
        try await Self.withDirectory { directory in
            // Given an API that listens at a socket
            let place = SocketPlace(path: "\(directory)/api.sock")
            let (changes, change) = AsyncStream<ListenerReport>.makeStream()
            let settings = APISettings(
                listener: .socket(place),
                pair: "orders-dr",
                sites: ["dc1", "dc2"],
                token: BearerToken(.literal(Secret("token"))),
                board: ListenerBoard { change.yield($0) }
            )
            let service = LiveAPI.service(settings)
            let running = Task { try await service.run() }
            var iterator = changes.makeAsyncIterator()
            while let report = await iterator.next(), !report.listening {}
            // When somebody deletes it with its directory
            try FileManager.default.removeItem(atPath: directory)
            // Then that is said
            let lost = try #require(await iterator.next())
            #expect(!lost.listening && lost.error?.code == "socket-lost")
            // And it listens there again
            while let report = await iterator.next(), !report.listening {}
            #expect(FileManager.default.fileExists(atPath: place.path))
            running.cancel()
            _ = await running.result
        }
    }

    @Test("Given that another daemon listens at the place by now, when the first one ends, then its socket stays")
    func another() async throws {
        try await Self.withDirectory { directory in
            let place = SocketPlace(path: "\(directory)/api.sock")
            let first = try SocketClaim(place)
            #expect(FileManager.default.createFile(atPath: first.preliminaryPath, contents: nil))
            try first.publish()
            #expect(first.isInPlace)
            // Given that somebody deleted the directory, and a second daemon started
            try FileManager.default.removeItem(atPath: directory)
            let second = try SocketClaim(place)
            #expect(FileManager.default.createFile(atPath: second.preliminaryPath, contents: nil))
            try second.publish()
            first.end()
            #expect(second.isInPlace)
            second.end()
            #expect(!FileManager.default.fileExists(atPath: place.path))
        }
    }
}
