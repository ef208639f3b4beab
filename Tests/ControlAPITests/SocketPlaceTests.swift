import ControlModel
import FoundationEssentials
import RopewayConfiguration
import Testing

@testable import ControlAPI

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite("Where the API's socket is")
struct SocketPlaceTests {
    private static func configuration(_ api: String) throws -> PairConfiguration {
        let text = """
            pair: orders-dr
            active: dc1
            sites:
              dc1: {amqp: [amqp://127.0.0.1:5672], management: [http://127.0.0.1:15672], username: a, password: b}
              dc2: {amqp: [amqp://127.0.0.1:5673], management: [http://127.0.0.1:15673], username: a, password: b}
            api: \(api)
            """
        return try PairConfiguration.parse(text, file: "pair.yaml", environment: [:]).configuration
    }

    private static func paths(_ api: String, _ environment: [String: String]) throws -> [String] {
        SocketPlace.candidates(try Self.configuration(api), environment: environment).map(\.path)
            // There only where this user has systemd's directory.
            .filter { !$0.hasPrefix("/run/ropeway/") }
    }

    @Test("Given an environment, when the socket is looked for, then systemd's directory comes first and HOME last")
    func order() throws {
        let all = ["RUNTIME_DIRECTORY": "/run/r:/run/other", "ROPEWAY_STATE": "/var/lib/r", "HOME": "/home/r"]
        let name = "orders-dr.8470.sock"
        let home = "/home/r/.local/state/ropeway/\(name)"
        #expect(try Self.paths("{}", all) == ["/run/r/\(name)", "/var/lib/r/\(name)", home])
        #expect(try Self.paths("{}", ["ROPEWAY_STATE": "", "HOME": "/home/r"]) == [home])
        #expect(try Self.paths("{}", [:]).isEmpty)
    }

    @Test("Given an API's settings, when the socket is looked for, then they decide on its name, or on all of it")
    func names() throws {
        let environment = ["ROPEWAY_STATE": "/s"]
        #expect(try Self.paths(#"{listen: "127.0.0.1:9000"}"#, environment) == ["/s/orders-dr.9000.sock"])
        #expect(try Self.paths("{listen: none}", environment) == ["/s/orders-dr.sock"])
        #expect(try Self.paths("{socket: /x/y.sock}", environment) == ["/x/y.sock"])
    }

    @Test("Given a socket in the second of a daemon's places, when a command looks, then it finds that one")
    func found() throws {
        let directory = "/tmp/ropeway-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let configuration = try Self.configuration("{}")
        let environment = ["RUNTIME_DIRECTORY": "\(directory)/none", "ROPEWAY_STATE": directory]
        #expect(SocketPlace.found(configuration, environment: environment)?.path.hasPrefix(directory) != true)
        #expect(mkdir(directory, 0o700) == 0)
        let path = "\(directory)/orders-dr.8470.sock"
        #expect(FileManager.default.createFile(atPath: path, contents: nil))
        #expect(SocketPlace.found(configuration, environment: environment) == SocketPlace(path: path))
        // And what is not a socket is not believed.
        let error = #expect(throws: OperationError.self) { try SocketPlace(path: path).check() }
        #expect(error?.message.contains("it is not a socket") == true)
    }
}
