/// The exchanges and bindings of a virtual host, as far as they can be reached from where messages are published.
///
/// Ropeway's own bindings belong there too: a message that only a capture took is routed, so that no alternate exchange
/// gets it.
package struct RoutingTopology: Sendable, Hashable {
    /// The exchanges; one that a binding names and that is missing here does not exist.
    package var exchanges: [Exchange]
    package var bindings: [Binding]
    /// The names of all queues, for what is published to the default exchange. `nil`: not known.
    package var queues: [String]?

    package init(exchanges: [Exchange], bindings: [Binding], queues: [String]? = nil) {
        self.exchanges = exchanges
        self.bindings = bindings
        self.queues = queues
    }

    /// An exchange.
    package struct Exchange: Sendable, Hashable {
        package var name: String
        /// Its type, such as `topic`. What bindings of a type mean that is not one of RabbitMQ's own four, nobody can say.
        package var type: String
        /// The exchange that gets what it can't route: of its argument, or of its policy.
        package var alternate: String?

        package init(_ name: String, type: String, alternate: String? = nil) {
            self.name = name
            self.type = type
            self.alternate = alternate
        }
    }

    /// What a binding leads to.
    package enum Destination: Sendable, Hashable {
        case queue(String)
        case exchange(String)
    }

    /// A binding.
    package struct Binding: Sendable, Hashable {
        package var source: String
        package var destination: Destination
        package var routingKey: String
        /// The arguments, which only headers exchanges look at.
        package var arguments: [String: RoutingArgument]

        package init(
            from source: String,
            to destination: Destination,
            routingKey: String = "",
            arguments: [String: RoutingArgument] = [:]
        ) {
            self.source = source
            self.destination = destination
            self.routingKey = routingKey
            self.arguments = arguments
        }
    }
}
