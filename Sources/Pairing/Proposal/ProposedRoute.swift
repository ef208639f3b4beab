import RopewayConfiguration

/// A route that is proposed for an exchange, with the reason for each value.
package struct ProposedRoute: Sendable, Hashable {
    /// A value and why it was chosen.
    package struct Reasoned<Value: Sendable & Hashable>: Sendable, Hashable {
        /// The value.
        package var value: Value
        /// Why, in a sentence that stands behind the value as a comment.
        package var reason: String

        /// Creates a value with its reason.
        package init(_ value: Value, _ reason: String) {
            self.value = value
            self.reason = reason
        }
    }

    /// The route's name.
    package var name: String
    /// The exchange.
    package var exchange: String
    /// The type of the exchange.
    package var exchangeType: String
    /// The queues that it leads to.
    package var queues: [String]
    /// The type of the capture; `nil` leaves it to what suits the site's version.
    package var captureType: Reasoned<RouteConfiguration.QueueType>?
    /// How much the capture may hold, bytes.
    package var captureBytes: Reasoned<Int>
    /// The type of the store.
    package var storeType: Reasoned<RouteConfiguration.QueueType>
    /// Messages older than this are not replayed.
    package var timeToLive: Reasoned<Duration>
    /// How much the store may hold, bytes.
    package var storeBytes: Reasoned<Int>
    /// What an operator should know of the route.
    package var notes: [String] = []
}

/// An exchange that leads to queues and can't be captured as it is.
package struct UncapturedExchange: Sendable, Hashable {
    /// The exchange.
    package var exchange: String
    /// Its type.
    package var type: String
    /// The queues behind it.
    package var queues: [String]
    /// Why.
    package var reason: String
    /// What to do about it.
    package var hint: String
}
