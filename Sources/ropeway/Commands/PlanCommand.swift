import ArgumentParser
import ControlModel
import ErrorCodes
import RopewayConfiguration

/// `ropeway plan`
struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show what a promotion would do, step by step, and what stands in its way; changes nothing.",
        discussion: """
            Exit status 3 means that the promotion would be refused, 4 that it would be held until a person accepts the \
            loss. It takes no lock.
            """
    )

    @Argument(help: "The site that would become active.")
    var site: String

    @OptionGroup var options: GlobalOptions
    @OptionGroup var access: AccessOptions

    @Flag(help: "Plan a promotion without contacting the other site.")
    var forced = false

    @Option(help: ArgumentHelp("Abort unless the pair is at this epoch.", valueName: "number"))
    var expectEpoch: Int?

    func run() async throws {
        try await PairOpening.withPair(self.options, self.access) { pair, configuration in
            guard configuration.site(named: self.site) != nil else {
                throw OperationError(
                    .usage,
                    code: .unknownSite,
                    message: "the pair has no site \(self.site)",
                    hint: "plan one of \(configuration.sites.map(\.name).joined(separator: " and "))"
                )
            }
            let request = PromotionRequest(site: self.site, forced: self.forced, expectedEpoch: self.expectEpoch)
            let report = try await pair.plan(request)
            try self.options.output.answer(report) { PlanText(report: report, style: $0).text }
            try self.options.output.exit(report.exitCode)
        }
    }
}
