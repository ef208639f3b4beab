#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What one look at a route's standby store found.
package struct StoreObservation: Sendable, Hashable {
    /// What is seen was so at this time or later.
    package var begun: Date
    package var ended: Date
    /// The store; `nil` if it is not there.
    package var store: QueueSighting?
    /// What somebody else's policy does to it.
    package var harm: String?
    /// Whether a limit of its length may have taken messages out of it.
    package var mayBeTrimmed: Bool
    /// How long it keeps messages, in seconds, where it is old enough for some to have expired; `nil` where none has.
    package var retention: TimeInterval?
    /// The offset of the newest message of a stream, -1 for an empty one; `nil` where it was not looked for.
    package var end: Int64?
    /// Which relay ran; `nil` if none did.
    package var relay: Int?
    /// Messages that the store has confirmed since the relay began, before the end was looked for; `nil` if none runs.
    package var confirmed: Int?
    /// The same and those that it may yet confirm, after it was looked at. What it held then may be any of these: of what is
    /// confirmed later, no more is certain to have come since than exceeds them.
    package var publishedThen: Int?

    package init(
        begun: Date,
        ended: Date,
        store: QueueSighting?,
        harm: String? = nil,
        mayBeTrimmed: Bool = false,
        retention: TimeInterval? = nil,
        end: Int64? = nil,
        relay: Int? = nil,
        confirmed: Int? = nil,
        publishedThen: Int? = nil
    ) {
        self.begun = begun
        self.ended = ended
        self.store = store
        self.harm = harm
        self.mayBeTrimmed = mayBeTrimmed
        self.retention = retention
        self.end = end
        self.relay = relay
        self.confirmed = confirmed
        self.publishedThen = publishedThen ?? confirmed
    }
}
