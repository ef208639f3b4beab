/// What a route has done since the daemon began to run it, in whole numbers that only grow.
package struct CountersReport: Sendable, Hashable, Codable {
    /// Deliveries taken from the capture.
    package var received: Int
    /// Of these, such that the capture had delivered before.
    package var redelivered: Int
    /// Publishes to the standby store, repeats included.
    package var published: Int
    /// Publishes that the standby store confirmed.
    package var confirmed: Int
    /// Publishes that the standby store refused.
    package var refused: Int
    /// Publishes that came back as unroutable.
    package var returned: Int
    /// Messages that went into quarantine.
    package var quarantined: Int
    /// Bytes of bodies and properties sent to the standby store.
    package var bytes: Int

    /// Creates a report of counters.
    package init(
        received: Int,
        redelivered: Int,
        published: Int,
        confirmed: Int,
        refused: Int,
        returned: Int,
        quarantined: Int,
        bytes: Int
    ) {
        self.received = received
        self.redelivered = redelivered
        self.published = published
        self.confirmed = confirmed
        self.refused = refused
        self.returned = returned
        self.quarantined = quarantined
        self.bytes = bytes
    }
}
