import ArgumentParser
import ControlModel

/// `ropeway acknowledge`
struct AcknowledgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "acknowledge",
        abstract: "Acknowledge all gaps of a route, so that the next one is reported.",
        discussion: """
            A gap is an interval in which messages may have escaped protection; status shows why, from when \
            to when, and how many. The route keeps relaying either way: acknowledging records that somebody knows, and resets \
            the tripwire of the capture's limit.
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
