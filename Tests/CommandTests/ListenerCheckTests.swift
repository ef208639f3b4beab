import ControlAPI
import ControlModel
import FoundationEssentials
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

@Suite("A check of where the daemon is asked", .timeLimit(.minutes(1)))
struct ListenerCheckTests {
    private static func configuration(_ api: String, pair: String = "orders-dr") throws -> PairConfiguration {
        let text = """
            pair: \(pair)
            active: dc1
            sites:
              dc1: {amqp: [amqp://127.0.0.1:5672], management: [http://127.0.0.1:15672], username: a, password: b}
              dc2: {amqp: [amqp://127.0.0.1:5673], management: [http://127.0.0.1:15673], username: a, password: b}
            api: \(api)
            """
        return try PairConfiguration.parse(text, file: "pair.yaml", environment: ["TOKEN": "t"]).configuration
    }

    private static func findings(
        _ api: String,
        pair: String = "orders-dr",
        environment: [String: String] = ["ROPEWAY_STATE": "/nonexistent/ropeway"]
    ) async throws -> [CheckFinding] {
        await ListenerCheck(configuration: try configuration(api, pair: pair), environment: environment).findings()
    }

    @Test("Given no listener but the socket, when it is checked, then its place is told and nothing is made")
    func socketOnly() async throws {
        let findings = try await Self.findings("{listen: none}")
        #expect(findings.map(\.verdict) == [.ok])
        #expect(findings.first?.subject == "/nonexistent/ropeway/orders-dr.sock")
        #expect(access("/nonexistent", F_OK) != 0)
    }

    @Test("Given a place for the socket that others can write to, or none, when it is checked, then that is a warning")
    func badPlace() async throws {
        let directory = "/tmp/ropeway-\(UUID().uuidString)"
        #expect(mkdir(directory, 0o700) == 0 && chmod(directory, 0o777) == 0)
        defer { rmdir(directory) }
        let open = try await Self.findings("{listen: none, socket: \(directory)/a.sock}")
        #expect(open.map(\.verdict) == [.warn])
        #expect(open.first?.code == "socket-unusable")
        let none = try await Self.findings(
            "{listen: none}",
            environment: ["ROPEWAY_STATE": String(repeating: "/a", count: 60)]
        )
        #expect(none.first?.message.contains("more than 103 bytes") == true)
    }

    @Test("Given a daemon at the port, when its pair is checked, then all is well; another pair's check warns")
    func taken() async throws {
        let (ports, port) = AsyncStream<Int>.makeStream()
        let server = APIServer(
            control: ScriptedEngine(),
            settings: APISettings(
                listener: .tcp(host: "127.0.0.1", port: 0),
                pair: "orders-dr",
                sites: ["dc1", "dc2"],
                token: BearerToken(.literal(Secret("t")))
            ),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            onListening: { port.yield($0) }
        )
        let daemon = Task {
            defer { port.finish() }
            try await server.run()
        }
        var iterator = ports.makeAsyncIterator()
        let number = try #require(await iterator.next())
        let own = try await Self.findings("{listen: \"127.0.0.1:\(number)\"}").last
        #expect(own?.verdict == .ok)
        #expect(own?.subject == "127.0.0.1:\(number)")
        let other = try await Self.findings("{listen: \"127.0.0.1:\(number)\"}", pair: "billing").last
        #expect(other?.verdict == .warn)
        #expect(other?.code == "address-in-use")
        #expect(other?.message.contains("the daemon of pair orders-dr") == true)
        daemon.cancel()
        _ = await daemon.result
        // And when it has ended, the port is free.
        let free = try await Self.findings("{listen: \"127.0.0.1:\(number)\"}").last
        #expect(free?.message == "the API's port is free")
    }

    @Test("Given an address of another machine, when it is checked, then that is a warning")
    func elsewhere() async throws {
        let api = "{listen: \"192.0.2.1:8470\", token: {env: TOKEN}, insecure: true}"
        let finding = try await Self.findings(api).last
        #expect(finding?.verdict == .warn)
        #expect(finding?.code == "cannot-listen")
    }
}
