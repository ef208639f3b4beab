import RopewayConfiguration

/// A route that is proposed for an exchange, with the reason for each value.
public struct ProposedRoute: Sendable, Hashable {
    /// A value and why it was chosen.
    public struct Reasoned<Value: Sendable & Hashable>: Sendable, Hashable {
        /// The value.
        public var value: Value
        /// Why, in a sentence that stands behind the value as a comment.
        public var reason: String

        /// Creates a value with its reason.
        public init(_ value: Value, _ reason: String) {
            self.value = value
            self.reason = reason
        }
    }

    /// The route's name.
    public var name: String
    /// The exchange.
    public var exchange: String
    /// The type of the exchange.
    public var exchangeType: String
    /// The queues that it leads to.
    public var queues: [String]
    /// The type of the capture; `nil` leaves it to what suits the site's version.
    public var captureType: Reasoned<RouteConfiguration.QueueType>?
    /// How much the capture may hold, bytes.
    public var captureBytes: Reasoned<Int>
    /// The type of the store.
    public var storeType: Reasoned<RouteConfiguration.QueueType>
    /// Messages older than this are not replayed.
    public var timeToLive: Reasoned<Duration>
    /// How much the store may hold, bytes.
    public var storeBytes: Reasoned<Int>
    /// What an operator should know of the route.
    public var notes: [String] = []
}

/// An exchange that leads to queues and can't be captured as it is.
public struct UncapturedExchange: Sendable, Hashable {
    /// The exchange.
    public var exchange: String
    /// Its type.
    public var type: String
    /// The queues behind it.
    public var queues: [String]
    /// Why.
    public var reason: String
    /// What to do about it.
    public var hint: String
}
