import AMQP

/// Why a session of a pump ended before its time.
package indirect enum PumpError: Error, Sendable, CustomStringConvertible {
    /// The source was lost or refused something.
    case source(AMQPError)
    /// The destination was lost or refused something.
    case destination(AMQPError)
    /// There was work, and no confirm came for so long.
    case stalled(after: Duration)
    /// The source held messages and delivered none for so long.
    case starved(waiting: Int, after: Duration)
    /// The destination refused everything for so long. A channel may stay refused although its queue takes messages again:
    /// so with quorum queues whose limit was lifted (RabbitMQ 3.10.8).
    case refusedTooLong(after: Duration)
    /// The destination blocked publishers for longer than deliveries may stay unacknowledged.
    case blockedTooLong(reason: String)
    /// The destination's own objects are not as they must be.
    case topology(String)
    /// The queue that is the destination is not there: the broker returned a message that was published to it.
    case destinationMissing(String, replyText: String)
    /// What one of the ends needs could not be looked at or declared.
    case preparation(PumpSide, code: String, message: String, hint: String)
    /// A peer told something that can't be.
    case protocolFault(String)
    /// A stream could not be copied on.
    case copying(ChunkCopyError)
    /// An end that speaks the stream protocol was lost or refused something.
    case stream(StreamEndError)
    /// A message will never pass, and there is no quarantine to put it into.
    case undeliverable(QuarantineReason)
    /// A message will never pass, and the quarantine did not take it.
    case quarantineFailed(QuarantineReason, String)

    /// A stable word for status and metrics.
    package var code: String {
        switch self {
        case .source: "source-lost"
        case .destination: "destination-lost"
        case .stalled, .starved: "stalled"
        case .refusedTooLong: "destination-refuses"
        case .blockedTooLong: "blocked"
        case .topology: "topology"
        case .destinationMissing: "destination-missing"
        case .preparation(_, let code, _, _): code
        case .protocolFault: "protocol-fault"
        case .copying(let error): error.code
        case .stream(let error): error.code
        case .undeliverable: "undeliverable"
        case .quarantineFailed: "quarantine-failed"
        }
    }

    package var description: String {
        switch self {
        case .source(let error): "source: \(error.summary)"
        case .destination(let error): "destination: \(error.summary)"
        case .stalled(let duration): "no confirm came for \(duration) although there was work"
        case .starved(let waiting, let duration):
            "the source holds \(waiting) messages and delivered none for \(duration)"
        case .refusedTooLong(let duration): "the destination refused all messages (basic.nack) for \(duration)"
        case .blockedTooLong(let reason): "the destination blocks publishers: \(reason)"
        case .topology(let what): what
        case .destinationMissing(let place, let text): "\(place) is not there: a message was returned (\(text))"
        case .preparation(let side, _, let message, _): "\(side.rawValue): \(message)"
        case .protocolFault(let what): what
        case .copying(let error): error.description
        case .stream(let error): error.description
        case .undeliverable(let reason): "a message can't be delivered and there is no quarantine: \(reason)"
        case .quarantineFailed(let reason, let error):
            "a message can't be delivered (\(reason)) nor put into quarantine: \(error)"
        }
    }

    /// What an operator can do.
    package var hint: String {
        switch self {
        case .source(let error), .destination(let error): error.hint
        case .stalled: "the session is restarted; if this repeats, look at the destination's queues and disks"
        case .starved:
            "look for another consumer of the queue, which may have a single active one, and at the queue's leader"
        case .refusedTooLong:
            "look for a full queue with overflow reject-publish; nothing is lost, the source keeps all"
        case .blockedTooLong: "free memory or disk on the destination; nothing is lost, the source keeps the messages"
        case .topology: "check the bindings of the destination's exchange; the objects are declared again"
        case .destinationMissing:
            "it is declared again, or waited for where it is predeclared; nothing is lost, the source keeps the messages"
        case .preparation(_, _, _, let hint): hint
        case .protocolFault: "the session is restarted; please report this if it repeats"
        case .copying(let error): error.hint
        case .stream(let error): error.hint
        case .undeliverable, .quarantineFailed: "look at the quarantine queue on the source site and its permissions"
        }
    }
}

extension PumpError {
    /// It comes again however much was moved before: the wait for the next attempt goes on growing.
    var recursWhateverMoved: Bool {
        switch self {
        case .source(let error), .destination(let error): error.code == .protocolViolation
        case .undeliverable, .quarantineFailed, .protocolFault: true
        case .copying(let error): error.recursWhateverMoved
        case .stream(let error): error.recursWhateverMoved
        case .stalled, .starved, .refusedTooLong, .blockedTooLong, .topology, .destinationMissing, .preparation: false
        }
    }

    /// There was work, and nothing moved.
    package var isStall: Bool {
        switch self {
        case .stalled, .starved, .copying(.stalled): true
        case .copying, .stream, .source, .destination, .refusedTooLong, .blockedTooLong, .topology, .destinationMissing,
            .preparation,
            .protocolFault, .undeliverable, .quarantineFailed:
            false
        }
    }

    /// The destination took nothing for long: what is published to it again may wait there and arrive twice.
    var isAboutTaking: Bool {
        switch self {
        case .stalled, .refusedTooLong, .blockedTooLong: true
        case .copying, .stream, .source, .destination, .starved, .topology, .destinationMissing, .preparation,
            .protocolFault, .undeliverable, .quarantineFailed:
            false
        }
    }
}

/// What holds up publishing while a session lives.
package enum PumpObstacle: Sendable, Hashable {
    /// The destination is in a resource alarm.
    case blocked(reason: String)
    /// The destination refuses messages (basic.nack), as a full queue does with `reject-publish`.
    case refused
    /// The destination's connection takes no more bytes, and nothing has left for a while.
    case unread
}

/// One of a pump's two ends.
package enum PumpSide: String, Sendable, Hashable {
    case source, destination
}

/// An error of what prepares an end of a pump that says what an operator needs.
package protocol PreparationFailure: Error {
    /// A stable word for status and metrics.
    var word: String { get }
    /// What is wrong, with names.
    var message: String { get }
    /// What an operator can do.
    var hint: String { get }
}
