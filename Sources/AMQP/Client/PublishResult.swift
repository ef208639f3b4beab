/// What a broker said of a publish.
public enum PublishResult: Sendable, Equatable {
    /// basic.ack: the broker is responsible for the message now.
    case confirmed
    /// basic.nack: a queue refused it, for example with `overflow: reject-publish`.
    case refused
    /// basic.return: it was mandatory, and no queue is bound for it.
    case returned
}
