/// What a pump has done, in whole numbers that only grow.
package struct PumpCounters: Sendable, Hashable {
    /// Deliveries taken from the source.
    package var received: UInt64 = 0
    /// Of these, such that the source had delivered before.
    package var redelivered: UInt64 = 0
    /// Publishes to the destination, repeats included.
    package var published: UInt64 = 0
    /// Publishes that the destination confirmed.
    package var confirmed: UInt64 = 0
    /// Publishes that were written, where no confirms are asked for.
    package var unconfirmed: UInt64 = 0
    /// Publishes that the destination refused (basic.nack).
    package var refused: UInt64 = 0
    /// Publishes that the destination returned as unroutable.
    package var returned: UInt64 = 0
    /// Messages that went into quarantine.
    package var quarantined: UInt64 = 0
    /// Messages left out because they were too old.
    package var expired: UInt64 = 0
    /// Messages left out for another reason.
    package var skipped: UInt64 = 0
    /// Of these, probes that the destination took.
    package var probes: UInt64 = 0
    /// Bytes of bodies and properties that the destination was sent.
    package var bytes: UInt64 = 0
    /// Acknowledgements sent to the source; one may cover many deliveries.
    package var acknowledgements: UInt64 = 0
    /// Times that publishes were pushed out to the socket.
    package var flushes: UInt64 = 0

    package init() {}

    /// Messages that the destination has, as far as it is asked.
    package var moved: UInt64 { confirmed + unconfirmed }
    /// Whether the destination has shown that it takes what is published.
    package var haveProved: Bool { moved > 0 || probes > 0 }
    /// Messages that need nothing more.
    package var settled: UInt64 { moved + quarantined + expired + skipped }

    package static func + (one: PumpCounters, other: PumpCounters) -> PumpCounters {
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
        sum.probes += other.probes
        sum.bytes += other.bytes
        sum.acknowledgements += other.acknowledgements
        sum.flushes += other.flushes
        return sum
    }
}
