import ArgumentParser
import ControlModel
import Testing

@testable import ropeway

@Suite("The way to the daemon")
struct AccessOptionsTests {
    @Test(
        "Given a URL of a daemon, when a command is asked to use it, then it is taken",
        arguments: ["http://127.0.0.1:8470", "https://ropeway.example", "http://[::1]:8470"]
    )
    func taken(url: String) throws {
        #expect(try AccessOptions.parse(["--api", url]).api == url)
    }

    @Test(
        "Given what is no URL of a daemon, or two ways at once, when a command is asked to use it, then it refuses",
        arguments: [
            ["--api", "127.0.0.1:8470"], ["--api", "http://127.0.0.1:8470/v1"], ["--api", "unix:///run/ropeway.sock"],
            ["--api", ""], ["--api", "http://"], ["--api", "http://127.0.0.1:8470", "--no-daemon"],
        ]
    )
    func refused(arguments: [String]) {
        #expect(throws: (any Error).self) { try AccessOptions.parse(arguments) }
    }
}
