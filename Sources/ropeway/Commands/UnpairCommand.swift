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
        abstract: "Remove a pair from both sites without leaving anything behind.",
        discussion: """
            Shows what will be removed, and asks for confirmation. It is refused while a daemon is running, or while \
            messages would be lost (not yet relayed, quarantined, not replayed) unless --discard is given. What \
            ropeway pair declared for applications on the standby site is removed as well, where it is empty and \
            unused; nothing that belongs to applications is touched on the active site. The configuration file is kept.
            """
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var removal: RemovalOptions

    @Flag(help: "Keep what ropeway pair declared for applications on the standby site.")
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
