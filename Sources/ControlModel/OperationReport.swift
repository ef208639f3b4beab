import ErrorCodes
import FoundationEssentials

/// A promotion, or another operation, at one moment or at its end.
package struct OperationReport: Sendable, Hashable, Codable {
    /// What tells it from others.
    package var id: String
    /// What is done: `promotion`.
    package var operation: String
    /// How: `planned` or `forced`.
    package var kind: String
    /// How it was asked for, in words like ``kind``, by those who asked this process: it goes on with what others began, so
    /// that a forced order may finish a planned promotion. `nil` where nobody is known to have asked.
    @OrNull package var asked: [String]?
    /// The site that becomes active.
    package var site: String
    /// The pair's epoch: the new one once it has been written.
    @OrNull package var epoch: Int?
    /// How far it is.
    package var state: OperationState
    /// What it is at, in words for a person.
    @OrNull package var step: String?
    /// Whether it was only checked that it could start.
    package var dryRun: Bool
    /// When it started.
    @OrNull package var started: Date?
    /// Messages replayed and confirmed, or handed over.
    @OrNull package var replayed: Int?
    /// How many of them may be repeats, at most.
    @OrNull package var repeats: Int?
    /// Messages not replayed since they had expired.
    @OrNull package var expired: Int?
    /// Messages that went into quarantine.
    @OrNull package var quarantined: Int?
    /// Messages still to replay.
    @OrNull package var remaining: Int?
    /// Messages a second, now.
    @OrNull package var rate: Double?
    /// How long it took, or has taken, in seconds.
    @OrNull package var seconds: Double?
    /// The write pause; `nil` where there is none.
    @OrNull package var pause: PauseReport?
    /// What it was to lose and repeat, as of when it was ordered; `nil` for a planned one.
    @OrNull package var forecast: ForecastReport?
    /// Who accepted that; `nil` where nobody had to, or did.
    @OrNull package var consent: ConsentReport?
    /// What it really lost, once the other site could tell; `nil`: not known.
    @OrNull package var lost: LostReport?
    /// The runs of its hooks, the oldest first, as far as this process knows them.
    @OrNull package var hooks: [HookRunReport]?
    /// The steps, done or not, in their order; empty where they are not known.
    package var steps: [OperationStepReport]
    /// Each route's share.
    package var routes: [OperationRouteReport]
    /// What kind of error ended it, where that says more than the state; in JSON, how a command that waits for it exits.
    @OrNull package var failure: ErrorKind?
    /// Why it is held, aborted, failed or incomplete; of one that runs, what holds it up.
    @OrNull package var error: ErrorReport?

    /// Creates a report of an operation of which nothing more is known than is given.
    package init(
        id: String,
        operation: String = "promotion",
        kind: String,
        site: String,
        epoch: Int?,
        state: OperationState,
        step: String? = nil,
        dryRun: Bool = false,
        started: Date? = nil,
        replayed: Int? = nil,
        repeats: Int? = nil,
        expired: Int? = nil,
        quarantined: Int? = nil,
        remaining: Int? = nil,
        rate: Double? = nil,
        seconds: Double? = nil,
        steps: [OperationStepReport] = [],
        routes: [OperationRouteReport] = [],
        failure: ErrorKind? = nil,
        error: ErrorReport? = nil
    ) {
        self.id = id
        self.operation = operation
        self.kind = kind
        self.site = site
        self.epoch = epoch
        self.state = state
        self.step = step
        self.dryRun = dryRun
        self.started = started
        self.replayed = replayed
        self.repeats = repeats
        self.expired = expired
        self.quarantined = quarantined
        self.remaining = remaining
        self.rate = rate
        self.seconds = seconds
        self.steps = steps
        self.routes = routes
        self.failure = failure
        self.error = error
    }

    /// How a command that waited for it exits: by ``failure`` where it is set, else by the state.
    package var exitCode: ExitCode {
        if let failure = self.failure { return ExitCode(failure) }
        return switch self.state {
        case .done: .done
        case .held: .held
        case .aborted: .aborted
        case .failed, .skipped: .failed
        case .incomplete, .running: .incomplete
        }
    }

    enum CodingKeys: String, CodingKey {
        case id, operation, kind, site, epoch, state, step, started, replayed, repeats, expired, quarantined, remaining,
            rate, seconds
        case asked, pause, forecast, consent, lost, hooks, steps, routes, error
        case failure = "exit"
        case dryRun = "dry_run"
    }
}
