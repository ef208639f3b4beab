import ArgumentParser
import Recovery
import RopewayConfiguration

/// What `pause` and `resume` have in common.
struct HoldOptions: ParsableArguments {
    @Argument(help: "A route or shovel of the configuration.")
    var name: String

    /// Does something to the route or shovel, and prints the pair.
    func perform(
        _ options: GlobalOptions,
        _ access: AccessOptions,
        act: @escaping (any PairAccess, String) async throws(OperationError) -> Void
    ) async throws {
        try await PairOpening.withPair(options, access) { pair, configuration in
            try self.check(configuration)
            try await act(pair, self.name)
            let report = try await pair.status()
            try options.output.answer(report) { StatusText(report: report, style: $0).text }
        }
    }

    /// Refuses a name that the configuration doesn't have, and says which it has.
    func check(_ configuration: PairConfiguration) throws(OperationError) {
        let names = configuration.routes.map(\.name) + configuration.shovels.map(\.name)
        guard !names.contains(self.name) else { return }
        throw OperationError(
            .usage,
            code: "unknown-name",
            message: "no route or shovel is called \(self.name)",
            hint: names.isEmpty ? "the configuration has none" : "there are \(names.joined(separator: ", "))"
        )
    }
}
