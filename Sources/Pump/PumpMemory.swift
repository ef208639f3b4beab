import AMQP
import NIOCore

/// What a pump keeps from one session to the next, and what it learns from how they end.
struct PumpMemory: Sendable {
    var phase = PumpPhase.idle {
        didSet {
            guard (phase == .running) != (oldValue == .running) else { return }
            if phase == .running { runs += 1 }
            ranUntil = phase == .running ? nil : .now()
        }
    }
    /// How often it came to run, and when the last run ended; `nil` while one goes on, and before the first.
    private(set) var runs = 0
    private(set) var ranUntil: NIODeadline?
    /// What the last session had taken and not settled when it ended.
    var leftUnsettled = 0
    /// What the sessions before moved.
    var past = PumpCounters()
    /// The session that runs is the last.
    var isFinishing = false
    /// Whether the source was asked for the end.
    var isEndKnown = false
    /// After how many messages the pump is finished; `nil` for never.
    var end: UInt64?
    /// What the last session failed of, until one has moved something.
    var error: PumpError?
    /// Since when nothing has been moved for one error after another: milliseconds since 1970.
    private(set) var troubledSince: Int64?
    var sessions = 0
    /// The largest body that the destination takes, where it told.
    private(set) var maximumBody: Int?
    /// The next session moves one message at a time, so that it is known which one the destination refuses.
    private(set) var isolatesSuspect = false
    /// Sessions on end that were refused everything.
    private(set) var refusedSessions = 0
    /// Whether a stream is read over AMQP, since it could not be read over the stream protocol.
    var readsOverAMQP = false
    /// Why a store is published to over AMQP that could be over the stream protocol.
    var storeFault: StreamProtocolFault?
    /// How often that happened with nothing confirmed over the stream protocol in between.
    var storeFaults = 0
    var sourceVersion: String?
    var destinationVersion: String?

    private var lastRefusal: String?

    /// Adds what a session moved.
    mutating func add(_ counters: PumpCounters) {
        past = past + counters
        guard counters.haveProved else { return }
        error = nil
        troubledSince = nil
        refusedSessions = 0
    }

    /// Notes since when a session has been held up that ends now.
    mutating func noteObstruction(since time: Int64?) {
        troubledSince = troubledSince ?? time
    }

    /// Notes how a session ended, in which so many messages went into quarantine.
    mutating func note(_ end: PumpSession.End, quarantined: UInt64, route: PublishRoute) {
        let wasIsolating = isolatesSuspect
        if case .failed(let error) = end {
            note(error, route: route)
            if quarantined == 0 { return }
        }
        // The suspect was found, or is not among those that were moved one by one.
        if wasIsolating { isolatesSuspect = false }
    }

    /// Notes why a session failed, or could not begin.
    mutating func note(_ error: PumpError, route: PublishRoute) {
        self.error = error
        troubledSince = troubledSince ?? WallClock.milliseconds()
        if case .refusedTooLong = error { refusedSessions += 1 }
        // A broker that was away may have another limit now.
        if case .destination(let cause) = error, cause.code != .channelClosedByBroker { maximumBody = nil }
        let refusal: Refusal? = if case .destination(let cause) = error { Refusal(cause, route: route) } else { nil }
        switch refusal {
        case .bodyTooLarge(let maximum):
            maximumBody = maximum
        case .ofOneMessage:
            isolatesSuspect = true
            lastRefusal = nil
        case .perhapsOfOneMessage(let words):
            // Where the same words come twice, the next session moves one message at a time, so that the guilty one is
            // known.
            isolatesSuspect = lastRefusal == words
            lastRefusal = words
        case nil:
            isolatesSuspect = false
            lastRefusal = nil
        }
    }

    /// The source has nothing that it could deliver.
    mutating func forgiveStarvation() {
        guard case .starved = error else { return }
        error = nil
        troubledSince = nil
    }
}
