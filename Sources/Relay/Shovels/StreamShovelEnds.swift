import Pump
import RabbitStream
import RopewayConfiguration

/// The two ends of a shovel that copies a stream.
struct StreamShovelEnds: Sendable {
    let source: ChunkEnd
    let destination: ChunkEnd
    let start: OffsetSpecification
    /// What the copy is known by to both brokers.
    let reference: String

    /// The ends of a shovel; `nil` for one that does not copy a stream into a stream.
    init?(_ configuration: ShovelConfiguration, _ names: ObjectNames, from source: Site, to destination: Site) {
        guard case .stream(let from, let offset) = configuration.source.origin,
            case .stream(let to) = configuration.destination.target
        else { return nil }
        let title = "ropeway \(names.pair) \(configuration.name)"
        self.source = ChunkEnd(connection: { try source.streamConnection(name: title) }, stream: from)
        self.destination = ChunkEnd(connection: { try destination.streamConnection(name: title) }, stream: to)
        start = OffsetSpecification(offset)
        reference = Self.reference(names, configuration)
    }

    /// What a shovel is known by to brokers.
    static func reference(_ names: ObjectNames, _ configuration: ShovelConfiguration) -> String {
        "ropeway.\(names.pair).\(configuration.name)"
    }
}

extension OffsetSpecification {
    /// Where a configuration has a shovel begin.
    init(_ offset: ShovelConfiguration.StreamOffset) {
        self =
            switch offset {
            case .first: .first
            case .next: .next
            case .offset(let offset): .offset(offset)
            }
    }
}
