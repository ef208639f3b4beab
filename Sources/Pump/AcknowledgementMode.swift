/// When a pump tells its source that a message is done. The words are those of RabbitMQ's shovel plugin.
package enum AcknowledgementMode: Sendable, Hashable {
    /// Once the destination has confirmed it: nothing is lost.
    case onConfirm
    /// Once it was written to the destination's connection: what is lost on the way is lost.
    case onPublish
    /// Never: the source forgets a message as it delivers it, and what the pump holds when a side is lost is lost.
    case noAcknowledgement
}
