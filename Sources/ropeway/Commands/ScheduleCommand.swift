import ArgumentParser
import ControlModel
import FoundationEssentials
import RopewayConfiguration

/// `ropeway schedule`
struct ScheduleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedule",
        abstract: "List, add or cancel scheduled promotions.",
        discussion: """
            The daemon that leads the pair at the time starts them, once. Scheduled promotions are stored on both \
            sites and outlive any daemon. A forced promotion can't be scheduled.
            """,
        subcommands: [List.self, Add.self, Cancel.self],
        defaultSubcommand: List.self
    )

    /// `ropeway schedule list`
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List scheduled promotions and what became of them."
        )

        @OptionGroup var options: GlobalOptions
        @OptionGroup var access: AccessOptions

        func run() async throws {
            try await PairOpening.withPair(self.options, self.access) { pair, _ in
                let report = try await pair.schedule()
                try self.options.output.answer(report) { ScheduleText(style: $0).text(of: report) }
            }
        }
    }

    /// `ropeway schedule add`
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add",
            abstract: "Schedule a promotion, once or repeatedly.",
            discussion: """
                Times are in RFC 3339 format with an offset, such as 2026-12-06T02:00:00+01:00. A cron expression \
                has five fields and follows the local time of --zone; docs/scheduling.md says what happens when \
                clocks change.
                """
        )

        @Argument(help: "The site to promote.")
        var site: String

        @OptionGroup var options: GlobalOptions
        @OptionGroup var access: AccessOptions

        @Option(help: ArgumentHelp("When to run it once.", valueName: "time"))
        var at: String?

        @Option(help: ArgumentHelp("When to run it repeatedly, such as \"0 4 * * 1\".", valueName: "cron"))
        var every: String?

        @Option(help: ArgumentHelp("The time zone of --every, such as Europe/Berlin.", valueName: "zone"))
        var zone: String?

        @Option(help: ArgumentHelp("How late it may start (default: 15m).", valueName: "duration"))
        var grace: String?

        @Option(help: ArgumentHelp("Skip it if a route lags further behind.", valueName: "duration"))
        var ifLagBelow: String?

        @Option(help: ArgumentHelp("Skip it unless the pair is at this epoch.", valueName: "number"))
        var expectEpoch: Int?

        @Option(help: ArgumentHelp("How long it may take before it undoes itself.", valueName: "duration"))
        var timeout: String?

        @Option(help: ArgumentHelp("Who asks for it (default: the current user).", valueName: "name"))
        var who: String?

        @Option(help: ArgumentHelp("The reason, for the history.", valueName: "text"))
        var why: String?

        func validate() throws {
            for (name, text) in [("grace", self.grace), ("if-lag-below", self.ifLagBelow), ("timeout", self.timeout)] {
                if let text, Quantity.duration(text) == nil {
                    throw ValidationError("--\(name) takes a duration, such as 2s or 15m")
                }
            }
            if (self.at == nil) == (self.every == nil) {
                throw ValidationError("give either --at, or --every with --zone")
            }
        }

        func run() async throws {
            try await PairOpening.withPair(self.options, self.access) { pair, _ in
                let report = try await pair.addToSchedule(self.request)
                try self.options.output.answer(report) { ScheduleText(style: $0).text(of: report) }
            }
        }

        var request: ScheduleRequest {
            func seconds(_ text: String?) -> Double? { text.flatMap(Quantity.duration).map { $0 / .seconds(1) } }
            return ScheduleRequest(
                site: self.site,
                at: self.at,
                every: self.every,
                zone: self.zone,
                graceSeconds: seconds(self.grace),
                ifLagBelowSeconds: seconds(self.ifLagBelow),
                expectedEpoch: self.expectEpoch,
                timeoutSeconds: seconds(self.timeout),
                who: self.who ?? Requester.name,
                why: self.why
            )
        }
    }

    /// `ropeway schedule cancel`
    struct Cancel: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "cancel",
            abstract: "Cancel a scheduled promotion.",
            discussion:
                "Entries of the configuration file are removed there; use abort for a promotion that is running."
        )

        @Argument(help: "The entry's id, as schedule list shows it.")
        var id: String

        @OptionGroup var options: GlobalOptions
        @OptionGroup var access: AccessOptions

        @Option(help: ArgumentHelp("Who asks for it (default: the current user).", valueName: "name"))
        var who: String?

        @Option(help: ArgumentHelp("The reason, for the history.", valueName: "text"))
        var why: String?

        func validate() throws {
            let isID =
                (1...64).contains(self.id.utf8.count)
                && self.id.utf8.allSatisfy {
                    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                }
            if !isID { throw ValidationError("an id has small letters and digits only: see ropeway schedule list") }
        }

        func run() async throws {
            try await PairOpening.withPair(self.options, self.access) { pair, _ in
                let request = ScheduleCancellation(who: self.who ?? Requester.name, why: self.why)
                let report = try await pair.cancelScheduled(self.id, request)
                try self.options.output.answer(report) { ScheduleText(style: $0).text(of: report) }
            }
        }
    }
}

/// Who runs this command, for others to ask.
enum Requester {
    /// `user@host`.
    static var name: String {
        let environment = ProcessInfo.processInfo.environment
        let user = environment["SUDO_USER"] ?? environment["USER"] ?? environment["LOGNAME"] ?? "unknown"
        return "\(user)@\(ProcessInfo.processInfo.hostName)"
    }
}
