import ArgumentParser
import ControlModel

/// `ropeway status`
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show the pair: roles, protection, routes, sites and the running operation.",
        discussion: "Exit status 9 means that neither site answered."
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var access: AccessOptions

    func run() async throws {
        try await PairOpening.withPair(self.options, self.access) { pair, _ in
            let report = try await pair.status()
            try self.options.output.answer(report) { StatusText(report: report, style: $0).text }
            try self.options.output.exit(Self.exitCode(report))
        }
    }

    /// 9 where nothing that was asked gave an answer: no record, and no site that could be reached and read.
    static func exitCode(_ report: StatusReport) -> ControlModel.ExitCode {
        if report.active != nil { return .done }
        let hasAnswer = report.sites.values.contains { $0.health == .healthy || $0.health == .degraded }
        return hasAnswer ? .done : .unknown
    }
}
