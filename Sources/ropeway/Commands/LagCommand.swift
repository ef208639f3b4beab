import ArgumentParser
import ControlAPI
import ControlModel

/// `ropeway lag`
struct LagCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lag",
        abstract: "Show how far each route lags, and what a forced promotion would lose now.",
        discussion: "Exit status 9 means that the lag of a route is not known."
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var access: AccessOptions

    @Flag(help: "Print a line every second until interrupted; the exit status is then 0.")
    var watch = false

    func run() async throws {
        try await PairOpening.withPair(self.options, self.access) { pair, _ in
            if self.watch { return try await LagWatch(pair: pair, output: self.options.output).run() }
            let report = RoutesReport(try await pair.status())
            try self.options.output.answer(report) { LagText(routes: report.routes, style: $0).text }
            try self.options.output.exit(Self.exitCode(report.routes))
        }
    }

    /// 9 where a route has no known lag.
    static func exitCode(_ routes: [RouteReport]) -> ControlModel.ExitCode {
        routes.allSatisfy(\.lag.known) ? .done : .unknown
    }
}
