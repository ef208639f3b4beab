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
        abstract: "Compare the sites' exchanges, queues, bindings and policies, and copy them to the standby site.",
        subcommands: [TopologyDiffCommand.self, TopologySyncCommand.self]
    )
}

/// What both subcommands take.
struct TopologyOptions: ParsableArguments {
    @Flag(help: "Include the users with permissions in the virtual host, with their password hashes.")
    var users = false

    @Option(help: ArgumentHelp("Read a RabbitMQ definitions file instead of the active site.", valueName: "file"))
    var from: String?

    @Option(help: ArgumentHelp("The virtual host in that file; by default that of the active site.", valueName: "name"))
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
        abstract: "Show what is missing, different or extra on the standby site; changes nothing.",
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
        abstract: "Copy the active site's topology to the standby site.",
        discussion: """
            Differences that can't be changed are reported and left as they are; nothing is deleted without --prune. \
            Exit status 5 means that some changes were made and others failed.
            """
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var topology: TopologyOptions

    @Flag(help: "Delete what only the standby site has, after listing it.")
    var prune = false

    @Flag(help: "Delete without asking for confirmation.")
    var yes = false

    @Flag(help: "Only show what would be done.")
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
