/// What keeps a session from publishing more.
package enum PumpBlocker: Sendable, Hashable {
    /// The destination's broker is in a resource alarm and takes no publishes; its reason.
    case alarm(String)
    /// The destination's broker has stopped the channel (channel.flow).
    case flow
    /// The destination's connection takes no more bytes.
    case socket
    /// The destination refuses messages (basic.nack), which are held back for a while.
    case refused
    /// As many publishes as may be are not confirmed yet.
    case window
    /// The rate is reached.
    case rate
    /// All that the source has delivered is published, and not all of it is confirmed: the source may have more, which it
    /// does not deliver before that.
    case confirms
    /// All that the source has delivered is settled.
    case nothingToDo

    /// A stable word for status.
    package var word: String {
        switch self {
        case .alarm: "alarm"
        case .flow: "flow"
        case .socket: "socket"
        case .refused: "refused"
        case .window: "window"
        case .rate: "rate"
        case .confirms: "confirms"
        case .nothingToDo: "nothing-to-do"
        }
    }
}

/// Why a destination takes no publishes at the moment.
enum DestinationWait: Sendable, Hashable {
    case alarm(String)
    case flow
    case socket

    var blocker: PumpBlocker {
        switch self {
        case .alarm(let reason): .alarm(reason)
        case .flow: .flow
        case .socket: .socket
        }
    }
}
