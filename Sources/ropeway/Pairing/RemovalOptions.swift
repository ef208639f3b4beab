import ArgumentParser
import ControlModel
import ErrorCodes
import FoundationEssentials
import HTTPClient
import Pairing
import RopewayConfiguration

/// The options of commands that take something off the brokers.
struct RemovalOptions: ParsableArguments {
    @Flag(help: "Remove it even if messages are lost; what is lost is listed.")
    var discard = false

    @Option(help: ArgumentHelp("A site that is gone for good and is not contacted.", valueName: "site"))
    var gone: [String] = []

    @Flag(help: "Don't ask for confirmation.")
    var yes = false

    @Flag(help: "Only show what would be removed.")
    var dryRun = false

    /// The removal of a pair.
    func removal(
        of configuration: PairConfiguration,
        _ client: CurlClient
    ) throws(OperationError) -> PairRemoval {
        for site in gone where configuration.site(named: site) == nil {
            throw OperationError(
                .usage,
                code: .unknownSite,
                message: "the pair has no site \(site)",
                hint: "--gone takes one of \(configuration.sites.map(\.name).joined(separator: " and "))"
            )
        }
        guard Set(gone).count < configuration.sites.count else {
            throw OperationError(
                .usage,
                code: .noSite,
                message: "both sites are said to be gone",
                hint: "name one of them at most"
            )
        }
        do throws(SecretError) {
            return try PairRemoval(configuration, client: client, gone: Set(gone))
        } catch {
            throw OperationError(.usage, code: .secretUnreadable, message: error.message, hint: error.hint)
        }
    }

    /// Whether a removal may be carried out: nothing is lost, or may be, and whoever is there agrees.
    func mayGoOn(_ report: RemovalReport, _ plan: RemovalPlan, _ output: Output) throws -> Bool {
        if dryRun || plan.isEmpty { return false }
        if !discard, report.findings.contains(where: { $0.verdict == .fail }) { return false }
        if yes { return true }
        Terminal.printError(RemovalText(report: report, style: .plain).proposal)
        try Terminal.confirm("Delete all of this?")
        return true
    }

    /// Does something with a client of the management APIs, and says what failed.
    static func withClient(_ output: Output, _ body: (CurlClient) async throws -> ControlModel.ExitCode) async throws {
        let client = CurlClient()
        let code: ControlModel.ExitCode
        do {
            code = try await body(client)
            await client.shutdown()
        } catch {
            await client.shutdown()
            guard let error = error as? OperationError else { throw error }
            throw output.failure(error)
        }
        try output.exit(code)
    }
}
