import Management
import Relay
import RopewayConfiguration

extension PairEngine {
    /// The gaps that nobody took note of: what they hold, a promotion would not bring.
    func gapFindings() async -> [CheckFinding] {
        if mode == .command { await watch.load(from: Array(sites.values)) }
        return await watch.openGaps.map { gap in
            CheckFinding(
                .fail,
                code: "gap",
                subject: "route \(gap.route), site \(gap.site)",
                message: gap.summary,
                hint: gap.hint
            )
        }
    }

    /// A stream's confirm is no promise that the message is on disk: on one node a power loss may cost the newest.
    func storeFindings(_ site: Site) async -> [CheckFinding] {
        let streams = configuration.routes.filter { $0.standby.type == .stream }
        guard !streams.isEmpty, let nodes = try? await site.management.nodes(), nodes.count == 1 else { return [] }
        return [
            CheckFinding(
                .warn,
                code: "store-on-one-node",
                subject: "site \(site.name)",
                message: "the site has one node: if that loses its power, the newest messages of a stream may be lost, "
                    + "since a stream confirms before it is on disk; routes: "
                    + streams.map(\.name).joined(separator: ", "),
                hint: "have three nodes there, or set standby.type to quorum; what is lost is told of as a gap"
            )
        ]
    }
}
