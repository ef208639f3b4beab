import ArgumentParser
import ControlModel
import Failover
import FoundationEssentials
import Pairing
import RopewayConfiguration

/// `ropeway unpair`
struct UnpairCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unpair",
        abstract: "Take a pair off both sites, so that nothing of it is left.",
        discussion: """
            Shows what will go, and asks. It is refused while a daemon runs, or while messages would be lost (not relayed \
            yet, quarantined, not replayed) unless --discard is said. What ropeway pair declared for applications on the \
            standby site goes as well, where it is empty and unused; on the site that applications use nothing of theirs \
            is touched. The configuration file stays.
            """
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var removal: RemovalOptions

    @Flag(help: "Leave what ropeway pair declared for applications on the standby site.")
    var keepTopology = false

    func run() async throws {
        let configuration = try self.options.load(checkingReferences: true).configuration
        try await RemovalOptions.withClient(self.options.output) { client in
            let removal = try self.removal.removal(of: configuration, client)
            let plan = try await removal.plan(keepsTopology: self.keepTopology)
            var report = RemovalReport(pair: configuration.name, plan)
            if try self.removal.mayGoOn(report, plan, self.options.output) {
                let holder = LockHolder(
                    host: ProcessInfo.processInfo.hostName,
                    process: ProcessInfo.processInfo.processIdentifier,
                    api: nil,
                    instance: UUID().uuidString
                )
                report.left = try await removal.remove(plan, as: holder)
                report.wasRemoved = true
            }
            try self.options.output.answer(report) { RemovalText(report: report, style: $0).text }
            return report.exitCode
        }
    }
}
