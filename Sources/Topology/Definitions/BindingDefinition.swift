import Management

/// A binding. It is what it is: one with another key or other arguments is another binding.
package struct BindingDefinition: Sendable, Hashable {
    /// The exchange it starts at.
    package var source: String
    /// The queue or exchange it leads to.
    package var destination: String
    /// Which of both that is.
    package var destinationType: Binding.DestinationType
    /// The routing key.
    package var routingKey: String
    /// The arguments, which matter to headers exchanges.
    package var arguments: [String: JSONValue]

    /// Creates a binding.
    package init(
        source: String,
        destination: String,
        destinationType: Binding.DestinationType = .queue,
        routingKey: String = "",
        arguments: [String: JSONValue] = [:]
    ) {
        self.source = source
        self.destination = destination
        self.destinationType = destinationType
        self.routingKey = routingKey
        self.arguments = arguments.mapValues(\.normalized)
    }

    /// A binding as the management API tells of it.
    package init(_ binding: Binding) {
        self.init(
            source: binding.source,
            destination: binding.destination,
            destinationType: binding.destinationType,
            routingKey: binding.routingKey,
            arguments: binding.arguments
        )
    }
}
