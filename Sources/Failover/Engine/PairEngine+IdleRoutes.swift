import ControlModel
import Foundation
import Leadership
import Management
import Relay
import RopewayConfiguration

extension PairEngine {
    var isStandingBy: Bool { machine.isStandingBy }

    /// A route that this process does not run: what its capture holds is still known to the broker.
    func idleReport(_ route: RouteConfiguration, _ record: PairRecord?) async -> RouteReport {
        let source = record.flatMap { sites[$0.active] }
        let destination = record.flatMap { other(than: $0.active) }
        let names = ObjectNames(pair: configuration.name, route: route.name)
        var lag = LagReport.unknown
        // A stream holds what was relayed as well.
        if mode == .command, let source, !route.copiesStream,
            let queue = try? await source.management.queue(names.capture, virtualHost: source.virtualHost)
        {
            lag = LagReport(messages: queue.totals.messages.map { Int($0) }, seconds: nil, known: false, asOf: Date())
        }
        return RouteReport(
            name: route.name,
            exchange: route.exchange,
            direction: source.flatMap { source in destination.map { "\(source.name)_to_\($0.name)" } },
            state: isReplaying ? .replaying : isStandingBy ? .standingBy : mode == .command ? .inactive : .connecting,
            lag: lag,
            error: obstacle
        )
    }
}
