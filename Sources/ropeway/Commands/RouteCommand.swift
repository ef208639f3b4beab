import ArgumentParser
import ControlAPI
import ControlModel
import ErrorCodes
import FoundationEssentials
import HTTPClient
import Pairing
import RopewayConfiguration

/// `ropeway route`
struct RouteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "route",
        abstract: "Manage a route's objects on the brokers.",
        subcommands: [Remove.self]
    )

    /// `ropeway route remove`
    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "remove",
            abstract: "Remove a route that is no longer in the configuration from both sites.",
            discussion: """
                Remove the route from the configuration first, and have the daemon reload it (SIGHUP). This then \
                shows what the route left on both sites, and asks for confirmation. It is refused while messages \
                would be lost, unless --discard is given.
                """
        )

        @Argument(help: "The route's name.")
        var name: String

        @OptionGroup var options: GlobalOptions
        @OptionGroup var removal: RemovalOptions

        func run() async throws {
            let configuration = try self.options.load(checkingReferences: true).configuration
            try await RemovalOptions.withClient(self.options.output) { client in
                let names = configuration.routes.map(\.name) + configuration.shovels.map(\.name)
                guard !names.contains(self.name) else {
                    throw OperationError(
                        .preconditionFailed,
                        code: .stillConfigured,
                        message: "\(self.name) is in \(self.options.config); nothing was changed",
                        hint: "remove it there, have the daemon read the file again (SIGHUP), then run this again"
                    )
                }
                guard PairConfiguration.isName(self.name) else {
                    throw OperationError(
                        .usage,
                        code: .badName,
                        message: "\(self.name) can't be the name of a route",
                        hint: "names are 1 to 64 of a-z, 0-9 and -"
                    )
                }
                try await self.refuseIfRelayed(configuration, client)
                let removal = try self.removal.removal(of: configuration, client)
                let plan = try await removal.plan(route: self.name)
                var report = RemovalReport(pair: configuration.name, route: self.name, plan)
                if try self.removal.mayGoOn(report, plan, self.options.output) {
                    report.left = await removal.removeRoute(plan)
                    report.wasRemoved = true
                }
                try self.options.output.answer(report) { RemovalText(report: report, style: $0).text }
                return report.exitCode
            }
        }

        /// Refuses while the daemon has the route, whatever the broker shows: one that is paused consumes nothing.
        private func refuseIfRelayed(_ configuration: PairConfiguration, _ client: CurlClient) async throws {
            let environment = ProcessInfo.processInfo.environment
            guard let place = SocketPlace.found(configuration, environment: environment) else { return }
            let daemon = DaemonClient(client: client, place: place, pair: configuration.name)
            guard try await daemon.absence() == nil else { return }
            let routes = try await daemon.status().routes.map(\.name)
            guard routes.contains(self.name) else { return }
            throw OperationError(
                .preconditionFailed,
                code: .stillRelayed,
                message: "the daemon at \(daemon.address) still has route \(self.name); nothing was changed",
                hint: "have it read its configuration again (SIGHUP), then run this again"
            )
        }
    }
}
