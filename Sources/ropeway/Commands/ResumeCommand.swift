import ArgumentParser
import ControlModel

/// `ropeway resume`
struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Resume a paused route or shovel."
    )

    @Argument(help: "A route or shovel of the configuration.")
    var name: String

    @OptionGroup var options: GlobalOptions
    @OptionGroup var access: AccessOptions

    func run() async throws {
        try await NamedPart.routeOrShovel.act(on: self.name, self.options, self.access) {
            pair,
            name throws(OperationError) in
            try await pair.resume(name, PauseRequest(who: Requester.name))
        }
    }
}
