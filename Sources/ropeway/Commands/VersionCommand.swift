import ArgumentParser
import ControlModel

/// `ropeway version`
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Show the version.")

    @Option(name: .long, help: "The output format.")
    var format = OutputFormat.human

    func run() throws {
        try Output(format: self.format).answer(["version": Version.current]) { _ in "ropeway \(Version.current)" }
    }
}
