#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Tells messages that left a capture by themselves from those that the relay took.
///
/// While nobody consumes, what is ready is all there is, and it can only grow. While the relay alone does, what is ready
/// and what the relay was ever given can only grow together, but for what is on its way to the relay: no more than it may
/// still be given, nothing once a drain has passed through the capture, and nothing where the relay is given nothing for
/// longer than a connection lives that lets nothing through. The broker's statistics tell of messages that are with a
/// connection, too, but of any time before: they are no evidence.
struct DepthEvidence: Sendable, Hashable {
    /// A fall of the depth.
    struct Fall: Sendable, Hashable {
        /// Messages that are missing, at least.
        var count: Int
        /// When all of them were there.
        var from: Date
    }

    /// How long a connection may let nothing through before it is given up, and some more.
    static let longestStall: TimeInterval = 45

    private struct Sample: Hashable {
        var time: Date
        var messages: Int
    }

    /// The most that was seen since nobody consumes.
    private var alone: Sample?
    /// What the relay had settled then: where that has grown, it has consumed between two looks.
    private var settledBefore: Int?
    /// How many relays there had been: one that began and ended between two looks may have consumed, too.
    private var relaysBefore = 0
    /// Whether the last look saw fewer; a quorum queue says 0 for a moment while its leader is busy.
    private(set) var isFewer = false
    /// The most that was ready or taken by the relay, at the least.
    private var relayed: Sample?
    /// What the relay had settled then.
    private var settled = 0
    /// Since when the relay has taken so many, where messages seem to be missing.
    private var missing: Sample?

    /// Notes a look.
    ///
    /// - Parameters:
    ///   - before: how far the relay had got before the capture was looked at; `nil` if none runs.
    ///   - after: the same after that.
    ///   - relaysMade: how many relays there had been before the look.
    ///   - isDrained: whether a drain has passed through the capture, so that nothing from before is on its way.
    mutating func note(
        _ capture: QueueSighting,
        before: RelayProgress?,
        after: RelayProgress?,
        relaysMade: Int,
        isDrained: Bool,
        at time: Date
    ) -> Fall? {
        if relaysMade != relaysBefore { alone = nil }
        relaysBefore = relaysMade
        guard let ready = capture.ready else { return nil }
        if capture.consumers == 0 {
            relayed = nil
            missing = nil
            if after?.settled != settledBefore { alone = nil }
            settledBefore = after?.settled
            return noteAlone(ready, at: time)
        }
        alone = nil
        isFewer = false
        // Somebody else may relay, or read.
        guard let before, let after, capture.consumers == 1 else {
            relayed = nil
            missing = nil
            return nil
        }
        return noteRelayed(ready, before, after, isDrained, at: time)
    }

    private mutating func noteAlone(_ ready: Int, at time: Date) -> Fall? {
        guard let alone, ready < alone.messages else {
            alone = Sample(time: time, messages: ready)
            isFewer = false
            return nil
        }
        guard isFewer else {
            isFewer = true
            return nil
        }
        self.alone = Sample(time: time, messages: ready)
        isFewer = false
        return Fall(count: alone.messages - ready, from: alone.time)
    }

    /// A queue whose leader does not answer says that it has no consumer: that one comes here means that `ready` is true.
    private mutating func noteRelayed(
        _ ready: Int,
        _ before: RelayProgress,
        _ after: RelayProgress,
        _ isDrained: Bool,
        at time: Date
    ) -> Fall? {
        // Another relay, or one that lost its connection, so that what it was given is ready again.
        guard before.taken <= after.taken, after.settled >= settled else {
            settled = after.settled
            relayed = nil
            missing = nil
            return nil
        }
        settled = after.settled
        let least = ready + before.taken
        let most = ready + after.taken
        guard let relayed, most < relayed.messages else {
            if least >= relayed?.messages ?? 0 { relayed = Sample(time: time, messages: least) }
            missing = nil
            return nil
        }
        if missing?.messages != after.taken { missing = Sample(time: time, messages: after.taken) }
        let isStill = missing.map { time.timeIntervalSince($0.time) >= Self.longestStall } ?? false
        let gone = relayed.messages - most - (isDrained || isStill ? 0 : after.credit)
        guard gone > 0 else { return nil }
        self.relayed = Sample(time: time, messages: least)
        missing = nil
        return Fall(count: gone, from: relayed.time)
    }
}
