import ArgumentParser
import ControlModel
import ErrorCodes
import Failover
import FoundationEssentials
import RopewayConfiguration
import Topology

/// `ropeway topology`
struct TopologyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topology",
        abstract: "Compare exchanges, queues, bindings and policies of the sites, and bring them to the standby site.",
        subcommands: [TopologyDiffCommand.self, TopologySyncCommand.self]
    )
}

/// What both subcommands take.
struct TopologyOptions: ParsableArguments {
    @Flag(help: "Users with permissions in the virtual host as well, with the hashes of their passwords.")
    var users = false

    @Option(help: ArgumentHelp("An export of RabbitMQ's definitions in place of the active site.", valueName: "file"))
    var from: String?

    @Option(help: ArgumentHelp("The virtual host of the file; without it, that of the active site.", valueName: "name"))
    var fromVhost: String?

    func validate() throws {
        if self.fromVhost != nil, self.from == nil { throw ValidationError("--from-vhost names a part of --from FILE") }
    }

    func request(prunes: Bool) -> PairTopology.Request {
        PairTopology.Request(
            file: self.from,
            fileVirtualHost: self.fromVhost,
            includesUsers: self.users,
            prunes: prunes
        )
    }

    /// Does something with the topology of the pair of a configuration.
    func withTopology(
        _ options: GlobalOptions,
        body: (PairTopology) async throws -> Void
    ) async throws {
        let loaded = try options.load(checkingReferences: true)
        let topology: PairTopology
        do throws(OperationError) {
            topology = try await PairTopology(loaded)
        } catch {
            throw options.output.failure(error)
        }
        do {
            try await body(topology)
            await topology.close()
        } catch let error as OperationError {
            await topology.close()
            throw options.output.failure(error)
        } catch {
            await topology.close()
            throw error
        }
    }
}

/// `ropeway topology diff`
struct TopologyDiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show what the standby site has not, has otherwise or has alone; change nothing.",
        discussion: "Exit status 3 means that there are differences. It takes no lock and needs no daemon."
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var topology: TopologyOptions

    func run() async throws {
        try await self.topology.withTopology(self.options) { topology in
            let request = self.topology.request(prunes: false)
            let report = try await topology.compare(request, isForWriting: false).report
            try self.options.output.answer(report) { TopologyText(report: report, style: $0).text }
            try self.options.output.exit(report.diffExitCode)
        }
    }
}

/// `ropeway topology sync`
struct TopologySyncCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync",
        abstract: "Bring what the active site has to the standby site.",
        discussion: """
            What differs in ways that can't be changed is reported and left as it is; nothing is deleted without --prune. \
            Exit status 5 means that something was done and something could not be.
            """
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var topology: TopologyOptions

    @Flag(help: "Delete what only the standby site has, after showing it.")
    var prune = false

    @Flag(help: "Delete without asking.")
    var yes = false

    @Flag(help: "Show what would be done, and do nothing.")
    var dryRun = false

    func run() async throws {
        try await self.topology.withTopology(self.options) { topology in
            let request = self.topology.request(prunes: self.prune)
            let shown = try await topology.compare(request, isForWriting: true)
            if self.dryRun {
                let report = shown.report
                try self.options.output.answer(report) {
                    TopologyText(report: report, style: $0, plan: shown.plan).text
                }
                return try self.options.output.exit(report.syncExitCode)
            }
            for line in TopologyText.lines(of: shown.plan) { self.options.output.note(line) }
            try self.ask(shown.plan.deletions.count)
            let report = try await topology.sync(request, shown: shown)
            try self.options.output.answer(report) { TopologySyncText(report: report, style: $0).text }
            try self.options.output.exit(report.syncExitCode)
        }
    }

    /// Asks before something is deleted.
    ///
    /// - Throws: ``OperationError`` where the answer is no, or nobody is there to answer.
    private func ask(_ deletions: Int) throws {
        guard deletions > 0, !self.yes else { return }
        guard self.options.format == .human, Terminal.isInputInteractive else {
            throw OperationError(
                .preconditionFailed,
                code: .notConfirmed,
                message: "\(deletions) objects would be deleted, and nobody can be asked; nothing was changed",
                hint: "look at them with --dry-run, and say --yes"
            )
        }
        Terminal.write("Delete \(deletions) objects? [y/N] ", to: 2)
        guard ["y", "yes"].contains((readLine() ?? "").lowercased()) else {
            throw OperationError(
                .failed,
                code: .declined,
                message: "the answer was no; nothing was changed",
                hint: "sync without --prune to leave them where they are"
            )
        }
    }
}
