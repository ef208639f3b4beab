import ArgumentParser
import Recovery

/// `ropeway acknowledge`
struct AcknowledgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "acknowledge",
        abstract: "Take note of a route's gap, so that the next one is told of.",
        discussion: """
            A route is in a gap once its capture has dropped messages at its limit, which were never relayed. It relays \
            all the same; this only sets the tripwire up again. Raise capture.max-length-bytes first.
            """
    )

    @Argument(help: "A route of the configuration.")
    var route: String

    @OptionGroup var options: GlobalOptions
    @OptionGroup var access: AccessOptions

    func run() async throws {
        try await NamedPart.route.act(on: self.route, self.options, self.access) { pair, name throws(OperationError) in
            try await pair.acknowledge(name)
        }
    }
}
