/// What a pump has done, in whole numbers that only grow.
public struct PumpCounters: Sendable, Hashable {
    /// Deliveries taken from the source.
    public var received: UInt64 = 0
    /// Of these, such that the source had delivered before.
    public var redelivered: UInt64 = 0
    /// Publishes to the destination, repeats included.
    public var published: UInt64 = 0
    /// Publishes that the destination confirmed.
    public var confirmed: UInt64 = 0
    /// Publishes that were written, where no confirms are asked for.
    public var unconfirmed: UInt64 = 0
    /// Publishes that the destination refused (basic.nack).
    public var refused: UInt64 = 0
    /// Publishes that the destination returned as unroutable.
    public var returned: UInt64 = 0
    /// Messages that went into quarantine.
    public var quarantined: UInt64 = 0
    /// Messages left out because they were too old.
    public var expired: UInt64 = 0
    /// Messages left out for another reason.
    public var skipped: UInt64 = 0
    /// Bytes of bodies and properties that the destination was sent.
    public var bytes: UInt64 = 0
    /// Acknowledgements sent to the source; one may cover many deliveries.
    public var acknowledgements: UInt64 = 0
    /// Times that publishes were pushed out to the socket.
    public var flushes: UInt64 = 0

    public init() {}

    /// Messages that the destination has, as far as it is asked.
    public var moved: UInt64 { confirmed + unconfirmed }
    /// Messages that need nothing more.
    public var settled: UInt64 { moved + quarantined + expired + skipped }

    public static func + (one: PumpCounters, other: PumpCounters) -> PumpCounters {
        var sum = one
        sum.received += other.received
        sum.redelivered += other.redelivered
        sum.published += other.published
        sum.confirmed += other.confirmed
        sum.unconfirmed += other.unconfirmed
        sum.refused += other.refused
        sum.returned += other.returned
        sum.quarantined += other.quarantined
        sum.expired += other.expired
        sum.skipped += other.skipped
        sum.bytes += other.bytes
        sum.acknowledgements += other.acknowledgements
        sum.flushes += other.flushes
        return sum
    }
}
