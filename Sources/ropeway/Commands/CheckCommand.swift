import ArgumentParser
import ControlModel
import ErrorCodes
import Failover
import FoundationEssentials
import RopewayConfiguration

/// `ropeway check`
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check the configuration, both sites, permissions and versions; changes nothing.",
        discussion:
            "Exit status 3 means that something keeps the pair from working; warnings do not change the exit status."
    )

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let loaded = try self.options.load(checkingReferences: true)
        var report: CheckReport
        do throws(OperationError) {
            let engine = try await PairOpening.engine(loaded)
            report = Self.joined(await engine.check(), warnings: loaded.warnings)
            await engine.shutdown()
        } catch {
            throw self.options.output.failure(error)
        }
        let listeners = ListenerCheck(
            configuration: loaded.configuration,
            environment: ProcessInfo.processInfo.environment
        )
        report.findings += await listeners.findings()
        try self.options.output.answer(report) { CheckText(report: report, style: $0).text }
        try self.options.output.exit(report.exitCode)
    }

    /// The findings about the configuration come first: what it says decides what the others mean.
    static func joined(_ report: CheckReport, warnings: [ConfigurationProblem]) -> CheckReport {
        var findings = warnings.map { warning in
            CheckFinding(
                .warn,
                code: .configuration,
                subject: "\(warning.file):\(warning.line)",
                message: warning.key.isEmpty ? warning.message : "\(warning.key): \(warning.message)",
                hint: warning.hint
            )
        }
        if findings.isEmpty {
            findings.append(CheckFinding(.ok, code: .configuration, message: "the configuration is valid"))
        }
        return CheckReport(pair: report.pair, findings: findings + report.findings)
    }
}
