import ArgumentParser
import ControlModel
import ErrorCodes
import Failover
import HTTPClient
import Management
import Pairing
import Relay
import RopewayConfiguration

/// `ropeway pair`
struct PairCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pair",
        abstract: "Set up a pair from the addresses of two sites.",
        discussion: """
            Inspects both sites, proposes routes and limits, shows what it will write and declare, and asks for \
            confirmation. It then writes the configuration, declares on the standby site what applications have on \
            the active one, and checks the pair. Nothing is relayed before ropeway run, which --run starts at once. \
            Run again, it continues where it stopped, and changes nothing once everything is done. Passwords are \
            prompted for, or read from files or the environment; they are never written to a file.
            """
    )

    @OptionGroup var options: GlobalOptions

    @Option(help: ArgumentHelp("An address of the first site, amqp:// or http://; may be repeated.", valueName: "uri"))
    var dc1: [String]

    @Option(help: ArgumentHelp("An address of the second site.", valueName: "uri"))
    var dc2: [String]

    @Option(help: ArgumentHelp("The pair's name, part of the name of every object.", valueName: "name"))
    var name = "pair"

    @Option(help: ArgumentHelp("The site that applications use at present: dc1 or dc2.", valueName: "site"))
    var active = "dc1"

    @Option(help: ArgumentHelp("The virtual host, unless an address names one.", valueName: "name"))
    var vhost: String?

    @Option(help: ArgumentHelp("The user at dc1, unless an address names one.", valueName: "name"))
    var dc1User: String?

    @Option(help: ArgumentHelp("The user at dc2, unless an address names one.", valueName: "name"))
    var dc2User: String?

    @Option(help: ArgumentHelp("A file with the password for dc1.", valueName: "file"))
    var dc1PasswordFile: String?

    @Option(help: ArgumentHelp("A file with the password for dc2.", valueName: "file"))
    var dc2PasswordFile: String?

    @Option(help: ArgumentHelp("An environment variable with the password for dc1.", valueName: "name"))
    var dc1PasswordEnv: String?

    @Option(help: ArgumentHelp("An environment variable with the password for dc2.", valueName: "name"))
    var dc2PasswordEnv: String?

    @Option(help: ArgumentHelp("A PEM file with the certificate authorities to trust at dc1.", valueName: "file"))
    var dc1Ca: String?

    @Option(help: ArgumentHelp("A PEM file with the certificate authorities to trust at dc2.", valueName: "file"))
    var dc2Ca: String?

    @Option(help: ArgumentHelp("Where the daemon's HTTP API is to listen.", valueName: "host:port"))
    var listen = "127.0.0.1:8470"

    @Flag(help: "Don't ask for confirmation.")
    var yes = false

    @Flag(help: "Only show what would be done.")
    var dryRun = false

    @Flag(
        name: .customLong("run"),
        help: "Run as the daemon, like ropeway run, once the pair is set up and the check has passed."
    )
    var goesOnAsDaemon = false

    func validate() throws {
        guard ["dc1", "dc2"].contains(self.active) else { throw ValidationError("--active takes dc1 or dc2") }
        guard PairConfiguration.isName(self.name) else {
            throw ValidationError("--name takes 1 to 64 of a-z, 0-9 and -")
        }
        for (file, variable, site) in [
            (self.dc1PasswordFile, self.dc1PasswordEnv, "dc1"), (self.dc2PasswordFile, self.dc2PasswordEnv, "dc2"),
        ] where file != nil && variable != nil {
            throw ValidationError("--\(site)-password-file and --\(site)-password-env exclude each other")
        }
        if self.goesOnAsDaemon && self.dryRun { throw ValidationError("--run and --dry-run exclude each other") }
    }

    /// The sites as they are asked for.
    private func requests() throws(OperationError) -> [SiteRequest] {
        [
            try SiteRequest(
                name: "dc1",
                uris: self.dc1,
                virtualHost: self.vhost,
                user: self.dc1User,
                passwordFile: self.dc1PasswordFile,
                passwordVariable: self.dc1PasswordEnv,
                authorityFile: self.dc1Ca
            ),
            try SiteRequest(
                name: "dc2",
                uris: self.dc2,
                virtualHost: self.vhost,
                user: self.dc2User,
                passwordFile: self.dc2PasswordFile,
                passwordVariable: self.dc2PasswordEnv,
                authorityFile: self.dc2Ca
            ),
        ]
    }

    func run() async throws {
        let client = CurlClient()
        let code: ControlModel.ExitCode
        do {
            code = try await self.pair(client)
        } catch let error as OperationError {
            await client.shutdown()
            throw self.options.output.failure(error)
        } catch {
            await client.shutdown()
            throw error
        }
        await client.shutdown()
        guard code == .done, self.goesOnAsDaemon else { return try self.options.output.exit(code) }
        var daemon = RunCommand()
        daemon.options = self.options
        daemon.logLevel = .info
        try await daemon.run()
    }

    private func pair(_ client: CurlClient) async throws -> ControlModel.ExitCode {
        var requests = try self.requests()
        var report = PairingReport(pair: self.name, configuration: self.options.config, active: self.active)
        var sites: [ConfigurationText.Site] = []
        for index in requests.indices { sites.append(try requests[index].resolved()) }

        let text: String?
        let loaded: LoadedConfiguration
        if ConfigurationFile.exists(self.options.config) {
            loaded = try self.options.load(checkingReferences: true)
            try self.see(that: loaded.configuration, isOf: sites)
            report.take(loaded.configuration)
            text = nil
        } else {
            let proposal = try await self.propose(&sites, client)
            report.take(proposal)
            guard proposal.isPossible else { return try self.answer(report) }
            let new = ConfigurationText(proposal, active: self.active, sites: sites, listen: self.listen).text
            loaded = try self.parsed(new)
            text = new
        }

        let setup = try await PairSetup(loaded, client: client)
        do {
            let code = try await self.carryOut(setup, loaded, text: text, requests, &report)
            await setup.close()
            return code
        } catch {
            await setup.close()
            throw error
        }
    }

    private func carryOut(
        _ setup: PairSetup,
        _ loaded: LoadedConfiguration,
        text: String?,
        _ requests: [SiteRequest],
        _ report: inout PairingReport
    ) async throws -> ControlModel.ExitCode {
        report.findings += await setup.rights()
        guard !report.findings.contains(where: { $0.verdict == .fail }) else { return try self.answer(report) }
        let finding = try await setup.compare()
        report.take(finding.report)
        guard try self.mayGoOn(report, writes: text != nil) else { return try self.answer(report) }
        if let text {
            do throws(ConfigurationFile.Failure) {
                try ConfigurationFile.create(self.options.config, text: text)
            } catch {
                throw OperationError(.failed, code: .notWritten, message: error.message, hint: error.hint)
            }
            report.wasWritten = true
        }
        report.take(try await setup.declare(finding))
        report.check = try await self.check(loaded)
        report.next = self.next(report, requests)
        return try self.answer(report)
    }

    private func answer(_ report: PairingReport) throws -> ControlModel.ExitCode {
        try self.options.output.answer(report) { PairingText(report: report, style: $0).text }
        return report.exitCode
    }

    // MARK: Steps

    private func propose(
        _ sites: inout [ConfigurationText.Site],
        _ client: CurlClient
    ) async throws -> PairProposal {
        var surveys: [SiteSurvey] = []
        var faults: [OperationError] = []
        for index in sites.indices {
            self.options.output.note("looking at \(sites[index].address.name)")
            do throws(OperationError) {
                surveys.append(try await SiteLook.survey(&sites[index], client))
            } catch {
                faults.append(error)
            }
        }
        // What is wrong with the other site is of use as well.
        if faults.count > 1 { self.options.output.note("\(faults[0].message)\n  -> \(faults[0].hint)") }
        if let fault = faults.last { throw fault }
        let active = surveys[self.active == "dc1" ? 0 : 1]
        let standby = surveys[self.active == "dc1" ? 1 : 0]
        return PairProposal(pair: self.name, active: active, standby: standby)
    }

    /// A configuration that is there already has to be that of these sites.
    private func see(
        that configuration: PairConfiguration,
        isOf sites: [ConfigurationText.Site]
    ) throws(OperationError) {
        for site in sites {
            let there = configuration.site(named: site.address.name)
            let isSame =
                there.map { found in
                    let amqp = site.address.amqp.isEmpty || !Set(found.amqp).isDisjoint(with: site.address.amqp)
                    let management =
                        site.address.isManagementGuessed
                        || !Set(found.management).isDisjoint(with: site.address.management)
                    return amqp && management && found.virtualHost == site.address.virtualHost
                } ?? false
            guard isSame, configuration.name == self.name else {
                throw OperationError(
                    .usage,
                    code: .anotherConfiguration,
                    message: "\(self.options.config) is there, and is that of pair '\(configuration.name)' with other "
                        + "addresses than these",
                    hint: "name another file with --config, or move this one away; it was not changed"
                )
            }
        }
        self.options.output.note("\(self.options.config) is there and is used as it is")
    }

    private func parsed(_ text: String) throws -> LoadedConfiguration {
        do {
            return try PairConfiguration.parse(text, file: self.options.config)
        } catch {
            throw self.options.output.usage(error)
        }
    }

    private func check(_ loaded: LoadedConfiguration) async throws(OperationError) -> CheckReport {
        let engine = try await PairOpening.engine(loaded)
        let report = CheckCommand.joined(await engine.check(), warnings: loaded.warnings)
        await engine.shutdown()
        return report
    }

    /// Shows what will be done, and asks.
    private func mayGoOn(_ report: PairingReport, writes: Bool) throws -> Bool {
        if self.dryRun { return false }
        guard writes || report.hasChanges, !self.yes else { return true }
        Terminal.printError(PairingText(report: report, style: .plain).proposal)
        try Terminal.confirm("Write and declare this?")
        return true
    }

    /// The commands that come next, as they are typed.
    private func next(_ report: PairingReport, _ requests: [SiteRequest]) -> [String] {
        let config = self.options.config == "ropeway.yaml" ? "" : " --config \(self.options.config)"
        let standby = report.active == "dc1" ? "dc2" : "dc1"
        let variables = requests.compactMap(\.askedVariable)
        let exports = variables.isEmpty ? [] : ["export \(variables.joined(separator: " "))"]
        return exports + [
            "ropeway run\(config)", "ropeway status\(config)", "ropeway promote \(standby) --dry-run\(config)",
        ]
    }
}
