import ArgumentParser
import BrokerHarness
import Foundation

/// A link with a delay, as between two datacenters.
struct Link: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Leads from a free port on 127.0.0.1 to another, with a delay, until its parent process ends.",
        discussion: "Prints the port. The delay is one way: a round trip takes twice as long. Bandwidth is not limited."
    )
    @Option(help: "The port that it leads to.") var to: Int
    @Option(help: "The delay in milliseconds, one way; 0 for none.") var milliseconds = 0

    func run() async throws {
        let link = try await LinkProxy.start(to: to)
        if milliseconds > 0 { try await link.setMode(.delay(milliseconds: milliseconds)) }
        try FileHandle.standardOutput.write(contentsOf: Data("\(link.port)\n".utf8))
        let parent = getppid()
        while getppid() == parent { try await Task.sleep(for: .seconds(1)) }
        try await link.shutdown()
    }
}
