#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What was last seen of a route's objects on a site, so that the next who looks knows them again.
package struct KnownObjects: Sendable, Hashable, Codable {
    /// The epoch in which they were seen. What a site does while it is not active is not compared.
    package var epoch: Int
    /// The incarnation of the capture, or of the store.
    package var queue: String?
    /// The incarnation of the capture's tripwire.
    package var tripwire: String?
    /// The incarnations of its exchanges.
    package var way: String?
    /// The offset that the stream of a store had reached then, at the least.
    package var end: Int64?
    /// When they were last seen as they should be.
    package var seen: Date

    package init(
        epoch: Int,
        queue: String?,
        tripwire: String? = nil,
        way: String? = nil,
        end: Int64? = nil,
        seen: Date
    ) {
        self.epoch = epoch
        self.queue = queue
        self.tripwire = tripwire
        self.way = way
        self.end = end
        self.seen = seen
    }

    /// Whether another is the same but for when it was seen, and what came meanwhile.
    package func isSame(as other: KnownObjects) -> Bool {
        epoch == other.epoch && queue == other.queue && tripwire == other.tripwire && way == other.way
    }
}
