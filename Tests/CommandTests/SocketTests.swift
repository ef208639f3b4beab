import ControlAPI
import ControlModel
import ErrorCodes
import FoundationEssentials
import HTTPClient
import Logging
import RopewayConfiguration
import Testing

@testable import ropeway

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite("A command that asks a daemon over its socket", .timeLimit(.minutes(1)))
struct SocketTests {
    private static func withDirectory(_ body: (String) async throws -> Void) async throws {
        let directory = "/tmp/ropeway-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try await body(directory)
    }

    private static func server(
        _ place: SocketPlace,
        engine: ScriptedEngine = ScriptedEngine(),
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) -> APIServer {
        APIServer(
            control: engine,
            settings: APISettings(
                listener: .socket(place),
                pair: "orders-dr",
                sites: ["dc1", "dc2"],
                token: BearerToken(.literal(Secret("a token that no command has")))
            ),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            onListening: onListening
        )
    }

    /// Runs a daemon's API at a socket for as long as the body does.
    private static func withDaemon(
        _ place: SocketPlace,
        body: (ScriptedEngine) async throws -> Void
    ) async throws {
        let engine = ScriptedEngine()
        let (listening, isListening) = AsyncStream<Int>.makeStream()
        let server = Self.server(place, engine: engine) { isListening.yield($0) }
        let daemon = Task {
            defer { isListening.finish() }
            try await server.run()
        }
        var iterator = listening.makeAsyncIterator()
        let started = await iterator.next() != nil
        do {
            if started { try await body(engine) }
        } catch {
            daemon.cancel()
            _ = await daemon.result
            throw error
        }
        daemon.cancel()
        let result = await daemon.result
        if !started { try result.get() }
    }

    private static func withClient(_ place: SocketPlace, _ body: (DaemonClient) async throws -> Void) async throws {
        let client = DaemonClient(client: CurlClient(), place: place, pair: "orders-dr")
        do { try await body(client) } catch {
            await client.shutdown()
            throw error
        }
        await client.shutdown()
    }

    /// Listens at a path with the system's calls, as anybody could.
    private static func listen(_ path: String) -> Int32 {
        let descriptor = Self.bind(path)
        #expect(Glibc.listen(descriptor, 8) == 0)
        return descriptor
    }

    private static func bind(_ path: String) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        #expect(Self.call(Glibc.bind, descriptor, path) == 0)
        return descriptor
    }

    /// Makes a call that takes a socket's address.
    private static func call(
        _ call: (Int32, UnsafePointer<sockaddr>?, socklen_t) -> Int32,
        _ descriptor: Int32,
        _ path: String
    ) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                call(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    @Test("Given a daemon, when a command of its user changes something, then it may, without a token")
    func noToken() async throws {
        try await Self.withDirectory { directory in
            let place = SocketPlace(path: directory + "/a.sock")
            try await Self.withDaemon(place) { engine in
                try await Self.withClient(place) { client in
                    let absence = try await client.absence()
                    #expect(absence == nil)
                    try await client.pause("orders", PauseRequest())
                    let status = try await client.status()
                    #expect(status.active == "dc1")
                }
                #expect(engine.calls == ["pause orders"])
                var information = stat()
                #expect(stat(directory, &information) == 0 && information.st_mode & 0o777 == 0o700)
                #expect(stat(place.path, &information) == 0 && information.st_mode & 0o777 == 0o600)
            }
            var information = stat()
            #expect(lstat(place.path, &information) != 0, "the socket goes with its daemon")
        }
    }

    @Test("Given another user's listener, when a command connects, then it gets no byte and gives no answer")
    func foreignListener() async throws {
        try await Self.withDirectory { directory in
            mkdir(directory, 0o700)
            let path = directory + "/a.sock"
            let descriptor = Self.listen(path)
            defer { close(descriptor) }
            // Who listens is this user, who is not the one that is to listen.
            let client = CurlClient()
            let error = await #expect(throws: HTTPClientError.self) {
                try await client.execute(
                    HTTPRequest(
                        method: .post,
                        origin: HTTPOrigin(scheme: .http, host: "localhost"),
                        unixSocket: HTTPUnixSocket(path: path, user: geteuid() + 1),
                        target: "/v1/promotions",
                        body: [1]
                    )
                )
            }
            await client.shutdown()
            #expect(error?.code == .foreignListener)
            #expect(error?.neverSent == true)
            let accepted = accept(descriptor, nil, nil)
            var byte: UInt8 = 0
            #expect(read(accepted, &byte, 1) == 0, "closed, and nothing sent")
            close(accepted)
        }
    }

    @Test("Given a socket or directory of another user, or that others write to, when a command looks, then it refuses")
    func foreignPlace() async throws {
        try await Self.withDirectory { directory in
            mkdir(directory, 0o700)
            let path = directory + "/a.sock"
            close(Self.listen(path))
            #expect(throws: OperationError.self) { try SocketPlace(path: path, user: geteuid() + 1).check() }
            chmod(directory, 0o777)
            #expect(throws: OperationError.self) { try SocketPlace(path: path).check() }
            let daemon = await #expect(throws: OperationError.self) {
                try await Self.server(SocketPlace(path: path)).run()
            }
            #expect(daemon?.code == .socketUnusable)
        }
    }

    @Test("Given the socket of a dead daemon, when a command asks and another starts, then it is absent, then replaced")
    func stale() async throws {
        try await Self.withDirectory { directory in
            mkdir(directory, 0o700)
            let place = SocketPlace(path: directory + "/a.sock")
            close(Self.listen(place.path))
            try await Self.withClient(place) { client in
                let absence = try await client.absence()
                #expect(absence == .nothingListens)
            }
            try await Self.withDaemon(place) { _ in
                try await Self.withClient(place) { client in
                    let absence = try await client.absence()
                    #expect(absence == nil)
                }
            }
        }
    }

    @Test("Given a live daemon, when another starts at its socket, then it is refused and the first goes on")
    func taken() async throws {
        try await Self.withDirectory { directory in
            let place = SocketPlace(path: directory + "/a.sock")
            try await Self.withDaemon(place) { _ in
                let error = await #expect(throws: OperationError.self) { try await Self.server(place).run() }
                #expect(error?.code == .socketInUse)
                try await Self.withClient(place) { client in
                    let absence = try await client.absence()
                    #expect(absence == nil)
                }
            }
        }
    }

    @Test("Given two daemons of one machine, when a command names the configuration of one, then that one is asked")
    func twoDaemons() async throws {
        try await Self.withDirectory { directory in
            let environment = ["ROPEWAY_STATE": directory]
            let places = try [8_470, 8_471].map { port in
                try SocketPlace.ofDaemon(try Self.configuration(port: port), environment: environment)
            }
            try await Self.withDaemon(places[0]) { first in
                try await Self.withDaemon(places[1]) { second in
                    let found = SocketPlace.found(try Self.configuration(port: 8_471), environment: environment)
                    let place = try #require(found)
                    try await Self.withClient(place) { try await $0.pause("orders", PauseRequest()) }
                    #expect(first.calls.isEmpty)
                    #expect(second.calls == ["pause orders"])
                }
            }
        }
    }

    private static func configuration(port: Int) throws -> PairConfiguration {
        let text = """
            pair: orders-dr
            active: dc1
            sites:
              dc1: {amqp: [amqp://127.0.0.1:5672], management: [http://127.0.0.1:15672], username: a, password: b}
              dc2: {amqp: [amqp://127.0.0.1:5673], management: [http://127.0.0.1:15673], username: a, password: b}
            api: {listen: "127.0.0.1:\(port)"}
            """
        return try PairConfiguration.parse(text, file: "pair.yaml", environment: [:]).configuration
    }

    @Test(
        "Given a process of another user that reaches the socket, when it connects, then the daemon turns it away",
        .enabled(if: OtherUser.isPossible)
    )
    func foreignClient() async throws {
        try await Self.withDirectory { directory in
            let place = SocketPlace(path: directory + "/a.sock")
            try await Self.withDaemon(place) { engine in
                // Somebody has opened the directory and the socket to all.
                chmod(directory, 0o755)
                chmod(place.path, 0o666)
                let answer = await OtherUser.run {
                    Self.answer(to: "POST /v1/routes/orders/pause HTTP/1.1\r\nHost: localhost\r\n\r\n", at: place.path)
                }
                #expect(answer == "", "closed without an answer")
                #expect(engine.calls.isEmpty)
                try await Self.withClient(place) { try await $0.pause("orders", PauseRequest()) }
                #expect(engine.calls == ["pause orders"])
            }
        }
    }

    @Test(
        "Given another user's process that listens at the very socket, when a command asks, then it refuses and sends nothing",
        .enabled(if: OtherUser.isPossible)
    )
    func foreignProcess() async throws {
        try await Self.withDirectory { directory in
            mkdir(directory, 0o700)
            let place = SocketPlace(path: directory + "/a.sock")
            // The kernel tells of who called `listen`, whoever made the socket.
            let descriptor = Self.bind(place.path)
            defer { close(descriptor) }
            #expect(await OtherUser.run { Glibc.listen(descriptor, 8) } == 0)
            try await Self.withClient(place) { client in
                let error = await #expect(throws: OperationError.self) { try await client.absence() }
                #expect(error?.code == .socketForeign)
                #expect(error?.message.contains("user \(OtherUser.id) listens there") == true)
                await #expect(throws: OperationError.self) { try await client.pause("orders", PauseRequest()) }
            }
            for _ in 0..<2 {
                let accepted = accept(descriptor, nil, nil)
                var byte: UInt8 = 0
                #expect(read(accepted, &byte, 1) == 0, "closed, and nothing sent")
                close(accepted)
            }
        }
    }

    /// What comes back for some bytes until the other end closes; `nil` where there is no connection or no end.
    private static func answer(to request: String, at path: String) -> String? {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        guard Self.call(connect, descriptor, path) == 0 else { return nil }
        _ = send(descriptor, request, request.utf8.count, Int32(MSG_NOSIGNAL))
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        if count < 0 { return errno == ECONNRESET ? "" : nil }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
