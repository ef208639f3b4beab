import ArgumentParser
import ControlModel

/// `ropeway pause`
struct PauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Pause a route or shovel; messages in flight are settled."
    )

    @Argument(help: "A route or shovel of the configuration.")
    var name: String

    @OptionGroup var options: GlobalOptions
    @OptionGroup var access: AccessOptions

    @Flag(help: "Also unbind the capture. Not available in this version.")
    var detach = false

    func validate() throws {
        if self.detach {
            throw ValidationError("--detach is not part of this version: unbind the capture with rabbitmqadmin")
        }
    }

    func run() async throws {
        try await NamedPart.routeOrShovel.act(on: self.name, self.options, self.access) {
            pair,
            name throws(OperationError) in
            try await pair.pause(name, PauseRequest(who: Requester.name))
        }
    }
}
