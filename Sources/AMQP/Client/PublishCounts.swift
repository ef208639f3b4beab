/// What became of the messages of a ``PipelinedPublisher`` since it was opened.
public struct PublishCounts: Sendable, Hashable {
    /// Handed to the publisher.
    public var published = 0
    /// The broker is responsible for them now.
    public var confirmed = 0
    /// A queue refused them (basic.nack).
    public var refused = 0
    /// They were mandatory, and no queue is bound for them.
    public var returned = 0

    /// No word came for them yet.
    public var unconfirmed: Int { published - confirmed - refused - returned }

    /// Counts of nothing.
    public init() {}
}
