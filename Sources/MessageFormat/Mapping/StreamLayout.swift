/// How a broker lays a message of AMQP 0-9-1 out in the sections of a stream. It differs by version, and a version may not
/// read what a later one writes: an AMQP consumer on RabbitMQ 3.10 loses its connection at a header section.
package enum StreamLayout: Sendable, Hashable, CaseIterable {
    /// Before 3.13: all headers are application properties, and priority, delivery mode and expiration annotations.
    case records
    /// 3.13 to 4.1: a header section, headers that begin with `x-` are annotations, lists and maps included.
    case containers
    /// From 4.2 on: `reply-to` is the address of a queue as well.
    case addresses

    /// The layout of a broker by its version, such as 3.10.8. Of one that does not tell it, that which all of them read.
    package init(brokerVersion: String?) {
        let parts = (brokerVersion ?? "").split(whereSeparator: { !$0.isNumber }).prefix(2).compactMap { Int($0) }
        guard parts.count == 2 else {
            self = .records
            return
        }
        switch (parts[0], parts[1]) {
        case (...2, _), (3, ..<13): self = .records
        case (3, _), (4, ..<2): self = .containers
        default: self = .addresses
        }
    }

    /// The key under which the whole property list goes along, where the sections would not bring it back.
    static let original: StaticString = "x-ropeway-properties"
    /// On messages of a standby store, which are restored by who replays them.
    static let envelope: StaticString = "x-ropeway-id"
    /// What an AMQP 0-9-1 message says that its body is of, whose body is sections of AMQP 1.0.
    static let sectionsType: StaticString = "amqp-1.0"
    /// What queues have as addresses in `reply-to`.
    static let queueAddress: StaticString = "/queues/"
}
