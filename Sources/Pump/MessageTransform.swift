import AMQP

/// What a pump does with one message.
package enum Disposition {
    /// Publish it with these properties.
    case publish(PublishedProperties)
    /// Publish it elsewhere, where nothing need keep it: one of Ropeway's own, whose confirm shows that the destination
    /// answers. It counts as left out, and as done once it is confirmed.
    case probe(PublishedProperties, PublishRoute)
    /// Publish it with these properties to another place than where the pump publishes to.
    case publishTo(PublishRoute, PublishedProperties)
    /// Do not publish it; it counts as done.
    case skip(SkipReason)
    /// It will never pass: it goes into quarantine.
    case quarantine(QuarantineReason)
    /// The end of what was to be moved: settle what came before, then finish. The message itself stays.
    case finish
}

/// Why a message was left out on purpose.
package enum SkipReason: Sendable, Hashable {
    /// It is older than it may be.
    case expired
    /// It lies outside of the window that is replayed.
    case outsideWindow
    /// It is one of Ropeway's own.
    case ownMessage
    /// No queue of the destination is bound for it, which is as it should be.
    case unroutable
}

/// Why a message went into quarantine.
package enum QuarantineReason: Sendable, Hashable, CustomStringConvertible {
    /// No queue is bound for it.
    case unroutable(replyText: String)
    /// The body is larger than the destination takes.
    case bodyTooLarge(size: Int, maximum: Int)
    /// Its header would not fit into one frame.
    case headerTooLarge(size: Int, maximum: Int)
    /// The whole of it would not fit into a frame of the stream protocol.
    case messageTooLarge(size: Int, maximum: Int)
    /// Its properties can't be read.
    case malformed(String)
    /// The destination closed the channel because of it.
    case refused(String)

    /// A word for headers and metrics.
    package var code: String {
        switch self {
        case .unroutable: "unroutable"
        case .bodyTooLarge: "body-too-large"
        case .headerTooLarge: "header-too-large"
        case .messageTooLarge: "message-too-large"
        case .malformed: "malformed"
        case .refused: "refused"
        }
    }

    package var description: String {
        switch self {
        case .unroutable(let text): "no queue of the destination is bound for it (\(text))"
        case .bodyTooLarge(let size, let maximum): "its body has \(size) bytes, the destination takes \(maximum)"
        case .headerTooLarge(let size, let maximum): "its header needs a frame of \(size) bytes, \(maximum) is the most"
        case .messageTooLarge(let size, let maximum):
            "in a stream it takes \(size) bytes, and \(maximum) are the most"
        case .malformed(let what): "its properties can't be read: \(what)"
        case .refused(let text): "the destination refused it: \(text)"
        }
    }
}

/// Decides on the event loop, message by message, what is published.
///
/// A transform serves one session of a pump. It must not block and should not allocate for a message.
package protocol MessageTransform: AnyObject {
    /// What to do with a message that is published for the first time or again.
    ///
    /// - Parameter slot: the number of the message in its session, from 0.
    func disposition(of message: PumpMessage, slot: UInt64) -> Disposition
    /// A slot went into quarantine. It is settled right after.
    func quarantined(_ slot: UInt64)
    /// No queue was bound for a slot, which is as it should be. It is settled right after.
    func returned(_ slot: UInt64)
    /// All slots below `slot` are settled.
    func settled(upTo slot: UInt64)
}

extension MessageTransform {
    package func quarantined(_ slot: UInt64) {}
    package func returned(_ slot: UInt64) {}
    package func settled(upTo slot: UInt64) {}
}

/// Publishes every message as it came.
package final class VerbatimTransform: MessageTransform {
    package init() {}
    package func disposition(of message: PumpMessage, slot: UInt64) -> Disposition {
        .publish(.asDelivered)
    }
}
