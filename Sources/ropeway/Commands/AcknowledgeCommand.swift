import ArgumentParser
import Recovery
import RopewayConfiguration

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
        try await PairOpening.withPair(self.options, self.access) { pair, configuration in
            try self.check(configuration)
            try await pair.acknowledge(self.route)
            let report = try await pair.status()
            try self.options.output.answer(report) { StatusText(report: report, style: $0).text }
        }
    }

    /// Refuses a name that no route has, and says which there are.
    func check(_ configuration: PairConfiguration) throws(OperationError) {
        let names = configuration.routes.map(\.name)
        guard !names.contains(self.route) else { return }
        throw OperationError(
            .usage,
            code: "unknown-name",
            message: "no route is called \(self.route)",
            hint: names.isEmpty ? "the configuration has none" : "there are \(names.joined(separator: ", "))"
        )
    }
}
