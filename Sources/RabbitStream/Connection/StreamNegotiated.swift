/// What both sides agreed on while tuning.
public struct StreamNegotiated: Sendable, Hashable {
    /// The largest frame in bytes that this side may send; 0 means no limit. Chunks that a broker delivers may be larger.
    public var frameMaximum: UInt32
    /// The heartbeat interval in seconds; 0 means none.
    public var heartbeat: UInt32
}
