import AMQP
import Consumption
import Logging
import Management
import Pump
import Relay
import RopewayConfiguration
import Routing

/// Watches up to where the queues of the active site have consumed, and keeps that on the standby site.
///
/// It asks the active site for one thing a second (``SamplingPlan``). It writes only under the lock of the standby site, and what it writes is
/// proved, see ``QueueJudgement``.
package actor ConsumptionWatch {
    /// What is watched, and under which lock.
    struct Situation: Sendable {
        var active: Site
        var standby: Site
        var epoch: Int
        /// The lock of the standby site.
        var lock: HeldLock
        var routes: [Route]

        fileprivate func isSame(as other: Situation) -> Bool {
            lock === other.lock && epoch == other.epoch && routes.count == other.routes.count
                && zip(routes, other.routes).allSatisfy { $0 === $1 }
        }

        /// The names of the routes of which another situation can go on with what was seen in this one.
        fileprivate func shared(with other: Situation) -> Set<String> {
            guard lock === other.lock, epoch == other.epoch else { return [] }
            let kept = routes.filter { route in other.routes.contains { $0.positions === route.positions } }
            return Set(kept.map(\.names.route))
        }
    }

    /// From one attempt to the next, at first.
    static let spacing = Duration.seconds(1)
    /// How often watermarks that have changed are written.
    static let writeInterval = Duration.seconds(2)
    static let longestPause = Duration.seconds(30)

    let pair: String
    let logger: Logger
    let settings: JudgementSettings
    private var running: (situation: Situation, tasks: OwnedTasks)?

    var watermarks: Watermarks?
    var written: Watermarks?
    var judgements: [String: [String: QueueJudgement]] = [:]
    /// By route and queue, up to where it has consumed of what the route brings it, and why not further, as far as is known
    /// now; none of a route that nobody looks at, or has looked at yet.
    var verdicts: [String: [String: QueueJudgement.Verdict]] = [:]
    var sample: SiteSample
    var passives = PassiveLooks()
    /// Who sends canaries into the captures.
    let canaries: CanaryKeeper
    /// What the routes were last counted by.
    var counted: SiteTopology?
    /// The routes that were counted by it.
    var countedRoutes: Set<String> = []
    /// By exchange, the queues that it leads to by that.
    var reached: [String: Set<String>] = [:]
    /// The queues that are followed, and since when no route leads to those that none does.
    var queues: [String] = []
    var left: [String: SteadyTime] = [:]
    /// Whether the site refused to tell of the members of quorum queues.
    var refusesMembers = false

    package init(
        pair: String,
        canaries: CanaryKeeper,
        logger: Logger,
        settings: JudgementSettings = JudgementSettings()
    ) {
        self.pair = pair
        self.canaries = canaries
        self.logger = logger
        self.settings = settings
        sample = SiteSample(settings: settings)
    }

    // MARK: Following

    /// Watches what is given from now on; the same as before goes on without a break, and where only routes come, change or
    /// go, what is known of the others stays. `nil` ends it.
    func follow(_ situation: Situation?) async {
        if let situation, let running, running.situation.isSame(as: situation) { return }
        var shared: Set<String> = []
        if let ended = running {
            shared = situation.map { ended.situation.shared(with: $0) } ?? []
            running = nil
            await ended.tasks.stop()
        }
        if shared.isEmpty { forget() } else { keep(shared) }
        guard let situation, !situation.routes.isEmpty else { return }
        running = (
            situation,
            OwnedTasks([
                { await self.keepSampling(situation) }, { await self.keepDeclaring(situation) },
                { await self.keepWriting(situation) },
            ])
        )
    }

    package func stop() async { await follow(nil) }

    private func forget() {
        watermarks = nil
        written = nil
        judgements = [:]
        verdicts = [:]
        sample = SiteSample(settings: settings)
        passives = PassiveLooks()
        counted = nil
        countedRoutes = []
        reached = [:]
        queues = []
        left = [:]
        refusesMembers = false
    }

    /// Forgets the routes that are not the same any more. Those that came are judged once the bindings are read.
    private func keep(_ routes: Set<String>) {
        judgements = judgements.filter { routes.contains($0.key) }
        verdicts = verdicts.filter { routes.contains($0.key) }
        countedRoutes.formIntersection(routes)
        reached = [:]
    }
}
