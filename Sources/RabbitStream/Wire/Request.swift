/// What a client asks, and a broker answers. A broker asks two of them: close, and consumer update.
enum Request: Sendable, Equatable {
    case declarePublisher(id: UInt8, reference: String?, stream: String)
    case queryPublisherSequence(reference: String, stream: String)
    case deletePublisher(id: UInt8)
    case subscribe(Subscription)
    case queryOffset(reference: String, stream: String)
    case unsubscribe(id: UInt8)
    case create(stream: String, arguments: [String: String])
    case delete(stream: String)
    case metadata(streams: [String])
    case peerProperties([String: String])
    case saslHandshake
    case saslAuthenticate(mechanism: String, response: [UInt8])
    case open(virtualHost: String)
    case close(code: ResponseCode, reason: String)
    case route(routingKey: String, superStream: String)
    case partitions(superStream: String)
    case consumerUpdate(id: UInt8, isActive: Bool)
    case exchangeCommandVersions([CommandVersions])
    case streamStats(stream: String)
    case createSuperStream(SuperStream)
    case deleteSuperStream(name: String)
    case resolveOffsetSpecification(stream: String, OffsetSpecification, properties: [String: String])

    struct Subscription: Sendable, Equatable {
        var id: UInt8
        var stream: String
        var offset: OffsetSpecification
        var credit: UInt16
        var properties: [String: String]
    }

    struct SuperStream: Sendable, Equatable {
        var name: String
        var partitions: [String]
        var bindingKeys: [String]
        var arguments: [String: String]
    }

    var key: CommandKey {
        switch self {
        case .declarePublisher: .declarePublisher
        case .queryPublisherSequence: .queryPublisherSequence
        case .deletePublisher: .deletePublisher
        case .subscribe: .subscribe
        case .queryOffset: .queryOffset
        case .unsubscribe: .unsubscribe
        case .create: .create
        case .delete: .delete
        case .metadata: .metadata
        case .peerProperties: .peerProperties
        case .saslHandshake: .saslHandshake
        case .saslAuthenticate: .saslAuthenticate
        case .open: .open
        case .close: .close
        case .route: .route
        case .partitions: .partitions
        case .consumerUpdate: .consumerUpdate
        case .exchangeCommandVersions: .exchangeCommandVersions
        case .streamStats: .streamStats
        case .createSuperStream: .createSuperStream
        case .deleteSuperStream: .deleteSuperStream
        case .resolveOffsetSpecification: .resolveOffsetSpecification
        }
    }
}
