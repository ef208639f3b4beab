/// What a frame is: the lower 15 bits of its key.
public enum CommandKey: UInt16, Sendable, Hashable, CaseIterable {
    case declarePublisher = 0x1
    case publish = 0x2
    case publishConfirm = 0x3
    case publishError = 0x4
    case queryPublisherSequence = 0x5
    case deletePublisher = 0x6
    case subscribe = 0x7
    case deliver = 0x8
    case credit = 0x9
    case storeOffset = 0xA
    case queryOffset = 0xB
    case unsubscribe = 0xC
    case create = 0xD
    case delete = 0xE
    case metadata = 0xF
    case metadataUpdate = 0x10
    case peerProperties = 0x11
    case saslHandshake = 0x12
    case saslAuthenticate = 0x13
    case tune = 0x14
    case open = 0x15
    case close = 0x16
    case heartbeat = 0x17
    case route = 0x18
    case partitions = 0x19
    case consumerUpdate = 0x1A
    case exchangeCommandVersions = 0x1B
    case streamStats = 0x1C
    case createSuperStream = 0x1D
    case deleteSuperStream = 0x1E
    case resolveOffsetSpecification = 0x1F

    /// Set in the key of an answer.
    static let responseBit: UInt16 = 0x8000

    /// Whether the protocol has an answer to it, which names its correlation id.
    var isAnswered: Bool {
        switch self {
        case .publish, .publishConfirm, .publishError, .deliver, .credit, .storeOffset, .metadataUpdate, .tune,
            .heartbeat:
            false
        case .declarePublisher, .queryPublisherSequence, .deletePublisher, .subscribe, .queryOffset, .unsubscribe,
            .create,
            .delete, .metadata, .peerProperties, .saslHandshake, .saslAuthenticate, .open, .close, .route, .partitions,
            .consumerUpdate, .exchangeCommandVersions, .streamStats, .createSuperStream, .deleteSuperStream,
            .resolveOffsetSpecification:
            true
        }
    }

    /// Whether RabbitMQ has it in every version that speaks the protocol; the others are asked for before they are used.
    var isInEveryVersion: Bool { self.rawValue <= Self.partitions.rawValue }
}

/// The versions of a command that one side understands.
public struct CommandVersions: Sendable, Hashable {
    /// The key of the command; brokers have some that this library does not know.
    public var key: UInt16
    /// The lowest version.
    public var minimum: UInt16
    /// The highest version.
    public var maximum: UInt16

    /// Makes the versions of a command.
    public init(key: UInt16, minimum: UInt16, maximum: UInt16) {
        self.key = key
        self.minimum = minimum
        self.maximum = maximum
    }

    /// What this library understands of what brokers send. Commands that only clients send are not among them: RabbitMQ 4.0
    /// closes the socket over a key that it does not know.
    static let own: [CommandVersions] = [
        CommandKey.publishConfirm, .publishError, .deliver, .credit, .metadataUpdate, .tune, .close, .heartbeat,
        .consumerUpdate,
    ].map { key in CommandVersions(key: key.rawValue, minimum: 1, maximum: key == .deliver ? 2 : 1) }
}
