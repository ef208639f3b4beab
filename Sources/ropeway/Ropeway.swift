import ArgumentParser
import ControlModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The command: a daemon and its command line.
@main
struct Ropeway: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ropeway",
        abstract:
            "Replicates messages between two RabbitMQ clusters and fails applications over from one to the other.",
        discussion: """
            Exit status: 0 done, 1 failed and nothing changed, 3 a precondition failed or check has findings, 4 held \
            for a person, 5 incomplete, 6 aborted and restored, 7 the expected epoch or active site does not match, \
            8 another holds the lock, 9 unknown, 64 bad usage or configuration.
            """,
        version: Version.current,
        subcommands: [
            RunCommand.self, CheckCommand.self, StatusCommand.self, LagCommand.self, PlanCommand.self,
            PromoteCommand.self, ScheduleCommand.self, AbortCommand.self, HistoryCommand.self, PauseCommand.self,
            ResumeCommand.self, AcknowledgeCommand.self, OffsetCommand.self, PairCommand.self, UnpairCommand.self,
            RouteCommand.self, TopologyCommand.self, VersionCommand.self,
        ]
    )

    static func main() async {
        // The TLS libraries would write the keys of every connection, and with them the passwords, to where it says. No
        // other thread runs yet that could read the environment meanwhile.
        _ = unsetenv("SSLKEYLOGFILE")
        await main(nil)
    }
}
