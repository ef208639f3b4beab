import Forecast
import Foundation
import Pump

/// What a route knows of itself beside its pump.
struct RouteFacts {
    var lag = LagTracker()
    /// What would be lost with the active site rests on it.
    var evidence = CaptureEvidence()
    var lastEvidence: Date?
    /// What is wrong with the capture, and with the store.
    var topologyError: RouteError?
    var storeError: RouteError?
    /// Why the store can't be published to.
    var destinationError: RouteError?
    var lacksMajority = false
    var isPaused = false
    /// What tells the capture from one that was created again.
    var incarnation: String?
    var store = StoreFacts(messages: nil, bytes: nil)
    /// Whether the broker says that the capture holds nothing.
    var isCaptureEmpty = false
    /// Where the capture ended when everything of it was seen in the store, and when that was, of a stream.
    var whole = WholeLooks()
    /// What is missing of a stream and was not told of yet.
    var incidents: [(ChunkCopyIncident, at: Date)] = []
    /// How many there were ever, and how many of them the brokers have in writing.
    var incidentCount = 0
    var recordedIncidents = 0
    /// What the store is to keep, and what it does keep by its policy.
    var wantedRetention: StoreRetention
    var retention: StoreRetention?
    /// What was confirmed when ``store`` was asked for.
    var confirmedAtStore: UInt64 = 0
    var storeSeen: ContinuousClock.Instant?
    var rates = RateMeter()
    var dating = ErrorDating()

    /// A policy that is held is left as it is.
    mutating func noteKept(_ store: StoreProvisioner) {
        if !store.holdsPolicies { retention = store.retention }
    }

    /// How old a look at the store may be.
    private static let storeLimit = Duration.seconds(15)

    /// What the store holds, where it was seen shortly before an instant.
    func recentStore(at now: ContinuousClock.Instant) -> StoreFacts {
        let isSeen = storeSeen.map { now - $0 <= Self.storeLimit } ?? false
        return isSeen ? store : StoreFacts(messages: nil, bytes: nil)
    }

    /// What was waiting is gone, or it is another capture.
    mutating func forgetCaptured() {
        lag.forget()
        evidence.forget()
    }

    /// Keeps an error, unless it is the one that stands there.
    ///
    /// - Returns: whether it is new.
    mutating func note(_ error: TopologyError, in place: WritableKeyPath<RouteFacts, RouteError?>) -> Bool {
        let report = RouteError(error, since: Date())
        guard self[keyPath: place]?.message != report.message else { return false }
        self[keyPath: place] = report
        return true
    }
}
