/// What is set on a connection's socket, and how much is read and written at a time.
public struct SocketOptions: Sendable, Hashable {
    /// Sizes of the buffers that the socket is read into; they follow the traffic between the limits.
    public struct ReceiveBuffer: Sendable, Hashable {
        /// The smallest buffer, in bytes, at least 1.
        public var minimum: Int
        /// The first buffer, in bytes, between the other two.
        public var initial: Int
        /// The largest buffer, in bytes.
        public var maximum: Int

        /// Makes receive buffer sizes, in bytes; values out of order are brought into order when they are applied.
        public init(minimum: Int = 4096, initial: Int = 4096, maximum: Int = 262_144) {
            self.minimum = minimum
            self.initial = initial
            self.maximum = maximum
        }
    }

    /// How long sent data may stay unacknowledged before the kernel drops the connection (Linux: `TCP_USER_TIMEOUT`,
    /// whole milliseconds); `nil` leaves it to the kernel, which takes about 15 minutes. Ignored elsewhere.
    ///
    /// For consuming connections only. The kernel also counts the time in which the peer's receive window is closed,
    /// and a broker in a memory or disk alarm closes that window on publishing connections for as long as the alarm
    /// lasts: with this option every alarm would kill them.
    public var tcpUserTimeout: Duration?
    /// Whether small writes leave at once (`TCP_NODELAY`). Writers batch by themselves, so waiting only adds delay.
    public var noDelay = true
    /// Whether the kernel probes an idle peer (`SO_KEEPALIVE`), with the intervals of the system.
    public var keepAlive = true
    /// Sizes of the receive buffers.
    public var receiveBuffer = ReceiveBuffer()
    /// How many reads the event loop makes on one socket before it turns to the next, at least 1.
    public var maximumMessagesPerRead = 4
    /// Below this many unsent bytes a channel that was unwritable becomes writable again, at least 1.
    public var writeBufferLowWaterMark = 65536
    /// From this many unsent bytes on a channel counts as unwritable, at least the low water mark.
    public var writeBufferHighWaterMark = 262_144

    /// Makes the default options.
    public init() {}
}
