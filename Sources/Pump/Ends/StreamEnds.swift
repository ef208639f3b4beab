import RabbitStream

/// A stream that messages are taken from, over the stream protocol.
package struct PumpStreamSource: Sendable {
    /// How to connect; asked again for each attempt, so that a changed password is picked up.
    package var connection: @Sendable () throws -> StreamConnectionConfiguration
    package var stream: String
    /// Where to begin, as long as no position is stored in it; asked again for each session.
    package var start: @Sendable () -> OffsetSpecification
    /// Under what the position is stored in the stream: 2⁶² and the offset before which all is done. `nil` where whoever
    /// made the pump keeps the position, and looks after what is missing.
    package var reference: String?
    /// How to read it over AMQP once it could not be read over the stream protocol.
    package var fallback: PumpSource?
    /// Makes sure that the stream is there, before each session.
    package var prepare: @Sendable (StreamConnection) async throws -> Void
    /// Told of what is missing.
    package var tell: @Sendable (ChunkCopyIncident) -> Void

    package init(
        connection: @escaping @Sendable () throws -> StreamConnectionConfiguration,
        stream: String,
        start: @escaping @Sendable () -> OffsetSpecification,
        reference: String?,
        fallback: PumpSource? = nil,
        prepare: @escaping @Sendable (StreamConnection) async throws -> Void = { _ in },
        tell: @escaping @Sendable (ChunkCopyIncident) -> Void = { _ in }
    ) {
        self.connection = connection
        self.stream = stream
        self.start = start
        self.reference = reference
        self.fallback = fallback
        self.prepare = prepare
        self.tell = tell
    }
}

/// Where a pump takes messages from.
package enum PumpOrigin: Sendable {
    /// A queue, or a stream read over AMQP.
    case queue(PumpSource)
    /// A stream, over the stream protocol.
    case stream(PumpStreamSource)
}

/// Where a pump publishes to.
package enum PumpTarget: Sendable {
    /// An exchange, or a queue by the default one.
    case exchange(PumpDestination)
    /// A stream, over the stream protocol.
    case stream(ChunkEnd)
    /// A standby store that is a stream, over the stream protocol where that is possible.
    case store(PumpStore)
}

/// Why an end that speaks the stream protocol ended.
package indirect enum StreamEndError: Error, Sendable, CustomStringConvertible {
    /// The connection was lost, or something was refused on it.
    case lost(PumpSide, StreamError)
    /// The stream is not there, or has no leader.
    case unavailable(PumpSide, stream: String, ResponseCode)
    /// The broker did not take a message.
    case refused(stream: String, ResponseCode)
    /// A message is larger than what a frame of the stream protocol has room for.
    case tooLarge(stream: String, size: Int, maximum: Int)
    /// The listener is another cluster's than the one that AMQP leads to.
    case otherCluster(PumpSide, found: String, expected: String)
    /// A chunk of the source can't be read.
    case unreadable(stream: String, offset: UInt64, ChunkError)

    /// What an end failed with.
    init(_ error: StreamError, of side: PumpSide, stream: String) {
        switch error.responseCode {
        case .some(.streamDoesNotExist), .some(.streamNotAvailable):
            self = .unavailable(side, stream: stream, error.responseCode ?? .streamDoesNotExist)
        default: self = .lost(side, error)
        }
    }

    /// A stable word for status and metrics.
    package var code: String {
        switch self {
        case .lost(.source, _), .unreadable, .otherCluster(.source, _, _): "source-lost"
        case .lost(.destination, _), .otherCluster(.destination, _, _): "destination-lost"
        case .unavailable(.source, _, _): "source-missing"
        case .unavailable(.destination, _, _): "destination-missing"
        case .refused, .tooLarge: "destination-refuses"
        }
    }

    package var description: String {
        switch self {
        case .lost(let side, let error): "\(side.rawValue): \(error.summary)"
        case .unavailable(let side, let stream, let code):
            "\(side.rawValue): the stream '\(stream)' is not available (\(code))"
        case .refused(let stream, let code): "destination: the stream '\(stream)' did not take a message (\(code))"
        case .tooLarge(let stream, let size, let maximum):
            "destination: a message of \(size) bytes for the stream '\(stream)' does not fit into a frame of the stream "
                + "protocol, which has room for \(maximum)"
        case .otherCluster(let side, let found, let expected):
            "\(side.rawValue): the listener of the stream protocol belongs to cluster '\(found)', and AMQP leads to cluster "
                + "'\(expected)'"
        case .unreadable(let stream, let offset, let error):
            "source: the chunk of the stream '\(stream)' at offset \(offset): \(error)"
        }
    }

    /// What an operator can do.
    package var hint: String {
        switch self {
        case .lost(_, let error): error.hint
        case .unavailable: "declare the stream, or see that its nodes run; it goes on where it was by itself"
        case .refused: "see the destination's log; nothing is lost, the source keeps the messages"
        case .otherCluster: "correct the site's stream: in the configuration"
        case .tooLarge: "nothing is lost; such messages are published over AMQP"
        case .unreadable: "see whether another replica of the stream has the same; it is read again"
        }
    }

    /// It comes again however much was moved before: the wait for the next attempt goes on growing.
    var recursWhateverMoved: Bool {
        switch self {
        case .lost(_, let error): [.protocolViolation, .corruptedChunk].contains(error.code)
        case .unreadable, .otherCluster: true
        case .unavailable, .refused, .tooLarge: false
        }
    }
}
