/// How much a pump holds and how it behaves when something is in the way.
package struct PumpLimits: Sendable, Hashable {
    /// Unacknowledged deliveries that the source may have outstanding (basic.qos), 1 to 65,535.
    package var prefetch: UInt16
    /// Publishes that the destination has not confirmed, at most.
    package var inFlight: Int
    /// Bytes of deliveries kept in memory; above, reading from the source stops. One larger message passes alone.
    package var heldBytes: Int
    /// Without a confirm for this long while there is work, the session is given up and restarted.
    package var stallTimeout: Duration
    /// When the destination blocks publishers for this long, the source's deliveries are given back until it unblocks,
    /// so that no consumer time-out of the source (30 minutes by default) strikes.
    package var blockedTimeout: Duration
    /// The delay before refused messages are published again; it doubles up to `maximumRetryDelay`.
    package var retryDelay: Duration
    package var maximumRetryDelay: Duration
    /// Messages published per second, at most; `nil` for no limit.
    package var rate: Int?
    /// Bytes published per second, at most; `nil` for no limit. One message may exceed it; what follows waits longer.
    package var byteRate: Int?
    /// How long a stop waits for confirms.
    package var drainTimeout: Duration
    /// How long a store is published to over AMQP, which could not be over the stream protocol, before that is tried again;
    /// twice as long each time that it fails soon, up to 16 times.
    package var storeRetry: Duration

    package init(
        prefetch: UInt16 = 4096,
        inFlight: Int = 4096,
        heldBytes: Int = 8 << 20,
        stallTimeout: Duration = .seconds(30),
        blockedTimeout: Duration = .seconds(300),
        retryDelay: Duration = .milliseconds(100),
        maximumRetryDelay: Duration = .seconds(10),
        rate: Int? = nil,
        byteRate: Int? = nil,
        drainTimeout: Duration = .seconds(3),
        storeRetry: Duration = .seconds(15)
    ) {
        self.prefetch = prefetch
        self.inFlight = inFlight
        self.heldBytes = heldBytes
        self.stallTimeout = stallTimeout
        self.blockedTimeout = blockedTimeout
        self.retryDelay = retryDelay
        self.maximumRetryDelay = maximumRetryDelay
        self.rate = rate
        self.byteRate = byteRate
        self.drainTimeout = drainTimeout
        self.storeRetry = storeRetry
    }
}
