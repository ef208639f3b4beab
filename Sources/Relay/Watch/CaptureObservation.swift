#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A queue of Ropeway's as it was seen.
package struct QueueSighting: Sendable, Hashable {
    /// What tells it from one of the same name that was created again; `nil` for one made by a Ropeway that knew of none.
    package var incarnation: String?
    /// Ready and unacknowledged messages, some seconds old; `nil` where the broker does not tell.
    package var messages: Int?
    /// Bytes of their bodies, likewise.
    package var bytes: Int?
    /// Messages that are ready, and consumers, both of now; `nil` where the broker did not tell.
    package var ready: Int?
    package var consumers: Int?
    /// Who consumes and is not the relay.
    package var foreignConsumer: String?

    package init(
        incarnation: String?,
        messages: Int? = nil,
        bytes: Int? = nil,
        ready: Int? = nil,
        consumers: Int? = nil,
        foreignConsumer: String? = nil
    ) {
        self.incarnation = incarnation
        self.messages = messages
        self.bytes = bytes
        self.ready = ready
        self.consumers = consumers
        self.foreignConsumer = foreignConsumer
    }
}

/// What a tripwire said.
package enum TripwireSighting: Sendable, Hashable {
    /// It did not answer.
    case unreachable
    /// It is not as it should be, so that what is dropped may not have got to it: why.
    case broken(String)
    /// Nothing was dropped.
    case clear
    /// Something was dropped, the first of it then, where the broker said.
    case tripped(since: Date?)
}

/// What one look at a route's capture and its exchange found, and what was done there.
///
/// A look that failed is none: what lies between two that did not is what may be missing.
package struct CaptureObservation: Sendable, Hashable {
    /// What is seen was so at this time or later.
    package var begun: Date
    /// What was bound is bound since this time at the latest.
    package var ended: Date
    /// Whether the exchange is there.
    package var isExchangeThere: Bool
    /// The bindings that the capture needs.
    package var wanted: Set<CaptureBinding>
    /// The bindings that the capture had when it was looked at.
    package var present: Set<CaptureBinding>
    /// The bindings that it has since.
    package var bound: Set<CaptureBinding>
    /// Of the bindings that were missing, those behind which no message waits that came before the capture was bound.
    package var harmless: Set<CaptureBinding>
    /// The capture; `nil` if it is not there.
    package var capture: QueueSighting?
    /// What somebody else's policy does to it.
    package var harm: String?
    /// The tripwire.
    package var tripwire: TripwireSighting
    /// Whether it was looked whether what the capture drops gets to the tripwire.
    package var isWireChecked = true
    /// What tells the tripwire from one that was created again.
    package var tripwireIncarnation: String?
    /// What tells its exchanges from others, where they were looked at.
    package var wayIncarnation: String?
    /// How many messages were ever taken from it, some seconds ago; `nil` where the broker does not tell.
    package var takenFromWire: Int?
    /// The node that leads the tripwire, where the broker tells.
    package var tripwireLeader: String?
    /// The bytes that the capture has room for.
    package var byteLimit: Int
    /// How many routes had been made before the capture was looked at.
    package var relaysMade = 0
    /// How far the relay had got before the capture was looked at; `nil` if none runs.
    package var relayedBefore: RelayProgress?
    /// The same after that.
    package var relayed: RelayProgress?
    /// Whether a drain had passed through the capture before, so that nothing older is on its way to the relay.
    package var isDrained = false

    package init(
        begun: Date,
        ended: Date,
        isExchangeThere: Bool = true,
        wanted: Set<CaptureBinding>,
        present: Set<CaptureBinding>,
        bound: Set<CaptureBinding>,
        harmless: Set<CaptureBinding> = [],
        capture: QueueSighting?,
        harm: String? = nil,
        tripwire: TripwireSighting = .clear,
        tripwireIncarnation: String? = nil,
        tripwireLeader: String? = nil,
        byteLimit: Int = .max,
        relayedBefore: RelayProgress? = nil,
        relayed: RelayProgress? = nil
    ) {
        self.begun = begun
        self.ended = ended
        self.isExchangeThere = isExchangeThere
        self.wanted = wanted
        self.present = present
        self.bound = bound
        self.harmless = harmless
        self.capture = capture
        self.harm = harm
        self.tripwire = tripwire
        self.tripwireIncarnation = tripwireIncarnation
        self.tripwireLeader = tripwireLeader
        self.byteLimit = byteLimit
        self.relayedBefore = relayedBefore
        self.relayed = relayed
    }
}
