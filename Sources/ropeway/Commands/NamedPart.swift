import ControlModel
import ErrorCodes
import RopewayConfiguration

/// What a command that acts on one part of a pair may be given the name of.
enum NamedPart: String {
    case route
    case routeOrShovel = "route or shovel"

    private func names(in configuration: PairConfiguration) -> [String] {
        let routes = configuration.routes.map(\.name)
        return self == .route ? routes : routes + configuration.shovels.map(\.name)
    }

    /// Does something to the part, and prints the pair.
    func act(
        on name: String,
        _ options: GlobalOptions,
        _ access: AccessOptions,
        _ action: @escaping (any PairControl, String) async throws(OperationError) -> Void
    ) async throws {
        try await PairOpening.withPair(options, access) { pair, configuration in
            try self.check(name, in: configuration)
            try await action(pair, name)
            let report = try await pair.status()
            try options.output.answer(report) { StatusText(report: report, style: $0).text }
        }
    }

    /// Refuses a name that the configuration doesn't have, and says which it has.
    private func check(_ name: String, in configuration: PairConfiguration) throws(OperationError) {
        let names = self.names(in: configuration)
        guard !names.contains(name) else { return }
        throw OperationError(
            .usage,
            code: .unknownName,
            message: "no \(self.rawValue) is called \(name)",
            hint: names.isEmpty ? "the configuration has none" : "there are \(names.joined(separator: ", "))"
        )
    }
}
