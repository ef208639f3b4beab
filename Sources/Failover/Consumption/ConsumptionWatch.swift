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
    var verdicts: [String: [String: QueueJudgement.Verdict]] = [:]
    var sample: SiteSample
    var passives = PassiveLooks()
    /// Who sends canaries into the captures.
    let canaries: CanaryKeeper
    /// What the routes were last counted by.
    var counted: SiteTopology?
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

    /// Watches what is given from now on; the same as before goes on without a break. `nil` ends it.
    func follow(_ situation: Situation?) async {
        if let situation, let running, running.situation.isSame(as: situation) { return }
        if let ended = running {
            running = nil
            await ended.tasks.stop()
        }
        forget()
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
        reached = [:]
        queues = []
        left = [:]
        refusesMembers = false
    }

    /// Up to where a queue has consumed of what a route brings it, and why not further, as far as is known now.
    ///
    /// - Returns: `nil` where nobody looks, or nobody has looked yet.
    package func verdicts(route: String) -> [String: QueueJudgement.Verdict]? { verdicts[route] }
}
