import ControlAPI
import ControlModel
import ErrorCodes
import HTTPClient
import Logging
import Testing

@Suite("The API's server", .timeLimit(.minutes(1)))
struct ServerTests {
    @Test("Given a port that another server has, when a second one starts, then it says so")
    func addressInUse() async throws {
        try await LiveAPI.with { console in
            let second = APIServer(
                control: FakePair(),
                settings: LiveAPI.settings(port: console.origin.port),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            let error = await #expect(throws: OperationError.self) { try await second.run() }
            #expect(error?.code == .addressInUse)
            #expect(error?.message.contains("127.0.0.1:\(console.origin.port)") == true)
        }
    }

    @Test("Given an address of another machine, when a server starts there, then it says that it can't")
    func foreignAddress() async throws {
        var settings = LiveAPI.settings(port: 8_470)
        settings.listener = .tcp(host: "192.0.2.1", port: 8_470)
        let server = APIServer(
            control: FakePair(),
            settings: settings,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let error = await #expect(throws: OperationError.self) { try await server.run() }
        #expect(error?.code == .cannotListen)
    }
}
