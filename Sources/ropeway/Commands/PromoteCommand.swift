import ArgumentParser
import ControlModel
import ErrorCodes
import RopewayConfiguration

/// `ropeway promote`
struct PromoteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promote",
        abstract: "Promote a site to active; returns when the promotion has ended.",
        discussion: """
            Without --forced both sites must answer and nothing is lost; a promotion that can't finish in time \
            undoes itself. With --forced the other site is not needed. Progress is written to standard error, the \
            result to standard output.
            """
    )

    @Argument(help: "The site to promote.")
    var site: String

    @OptionGroup var options: GlobalOptions
    @OptionGroup var access: AccessOptions

    @Flag(help: "Promote without contacting the other site.")
    var forced = false

    @Option(help: ArgumentHelp("Abort unless the pair is at this epoch.", valueName: "number"))
    var expectEpoch: Int?

    @Option(
        help: ArgumentHelp(
            "How long a planned promotion may take before it undoes itself, such as 30s or 5m.",
            valueName: "duration"
        )
    )
    var timeout: String?

    @Flag(help: "Only run the checks.")
    var dryRun = false

    @Flag(help: "Proceed despite unacknowledged gaps; what they lost is not on the promoted site.")
    var acceptGap = false

    @Option(
        help: ArgumentHelp(
            "Accept a loss beyond the budget in a forced promotion: up to this many messages, or any number.",
            valueName: "number|any"
        )
    )
    var acceptLoss: String?

    @Flag(help: "Return as soon as the daemon has started the promotion.")
    var noWait = false

    @Option(
        help: ArgumentHelp(
            "Schedule the promotion for this time and return, such as 2026-12-06T02:00:00+01:00; see ropeway schedule.",
            valueName: "time"
        )
    )
    var at: String?

    func validate() throws {
        if self.at != nil {
            if self.forced {
                throw ValidationError("--at is for a planned promotion: a forced one is for a person who has looked")
            }
            if self.acceptGap {
                throw ValidationError("--at takes no --accept-gap: what is missing by then is not known yet")
            }
            if self.dryRun || self.noWait {
                throw ValidationError("--at takes neither --dry-run nor --no-wait: it returns once it is planned")
            }
        }
        if let epoch = self.expectEpoch, epoch < 0 {
            throw ValidationError("--expect-epoch takes a number that is not negative")
        }
        if let timeout = self.timeout {
            guard let duration = Quantity.duration(timeout), duration > .zero else {
                throw ValidationError("--timeout takes a duration above zero, such as 30s or 5m")
            }
            if self.forced {
                throw ValidationError("--timeout is for a planned promotion; a forced one never undoes itself")
            }
        }
        if let acceptLoss {
            guard AcceptedLoss(acceptLoss) != nil else {
                throw ValidationError("--accept-loss takes a number of messages, or any")
            }
            if !self.forced {
                throw ValidationError("--accept-loss is for a forced promotion; a planned one loses nothing")
            }
        }
        if self.noWait && self.access.noDaemon {
            throw ValidationError("--no-wait needs a daemon: without one the command itself carries out the promotion")
        }
    }

    func run() async throws {
        try await PairOpening.withPair(self.options, self.access) { pair, configuration in
            guard configuration.site(named: self.site) != nil else {
                throw OperationError(
                    .usage,
                    code: .unknownSite,
                    message: "the pair has no site \(self.site)",
                    hint: "promote one of \(configuration.sites.map(\.name).joined(separator: " and "))"
                )
            }
            if let at = self.at {
                let planned = ScheduleRequest(
                    site: self.site,
                    at: at,
                    expectedEpoch: self.expectEpoch,
                    timeoutSeconds: self.request.timeoutSeconds,
                    who: Requester.name
                )
                let report = try await pair.addToSchedule(planned)
                try self.options.output.answer(report) { ScheduleText(style: $0).text(of: report) }
                return
            }
            let started = try await pair.beginPromotion(self.request)
            if self.noWait && !pair.isOwnWork && !started.state.hasEnded {
                try self.answer(started)
                return
            }
            if self.noWait && pair.isOwnWork {
                self.options.output.note("no daemon runs: waiting, since this command carries the promotion out")
            }
            let waiting = OperationWaiting(pair: pair, output: self.options.output)
            let report = try await waiting.end(of: started)
            try self.answer(report)
            try self.options.output.exit(report.exitCode)
        }
    }

    private func answer(_ report: OperationReport) throws {
        try self.options.output.answer(report) { OperationText(report: report, style: $0).text }
    }

    /// What the daemon or the engine is asked for.
    var request: PromotionRequest {
        PromotionRequest(
            site: self.site,
            forced: self.forced,
            expectedEpoch: self.expectEpoch,
            timeoutSeconds: self.timeout.flatMap(Quantity.duration).map { $0 / .seconds(1) },
            dryRun: self.dryRun,
            acceptsGap: self.acceptGap,
            acceptedLoss: self.acceptLoss.flatMap { AcceptedLoss($0) },
            who: self.acceptLoss == nil ? nil : Requester.name
        )
    }
}
