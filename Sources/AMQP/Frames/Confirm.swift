/// What a broker says of publishes on a channel in confirm mode: basic.ack or basic.nack.
public struct Confirm: Sendable, Hashable {
    /// The number of the publish on its channel, from 1.
    public var sequence: UInt64
    /// Whether it speaks for all unsettled publishes up to ``sequence``.
    public var isMultiple: Bool
    /// `true` for basic.ack, `false` for basic.nack.
    public var isPositive: Bool

    /// Makes a confirm.
    public init(sequence: UInt64, isMultiple: Bool, isPositive: Bool) {
        self.sequence = sequence
        self.isMultiple = isMultiple
        self.isPositive = isPositive
    }
}
