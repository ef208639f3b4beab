/// What the clients of one listener may take of the daemon.
package struct ConnectionLimits: Sendable, Equatable {
    /// How many may be connected.
    package var total: Int
    /// How many of them may come from one address.
    package var perAddress: Int
    /// How long the daemon waits for a client: for a request's head, counted from the end of the answer before, for its
    /// body, and until it takes what it is sent.
    package var patience: Duration
    /// How many requests a second one address may send, over all of its connections; those that come faster wait.
    package var requestsPerSecond: Int
    /// How many of them may come at once.
    package var burst: Int

    /// Creates limits; without arguments those of a daemon.
    package init(
        total: Int = 256,
        perAddress: Int = 64,
        patience: Duration = .seconds(10),
        requestsPerSecond: Int = 200,
        burst: Int = 200
    ) {
        self.total = total
        self.perAddress = perAddress
        self.patience = patience
        self.requestsPerSecond = requestsPerSecond
        self.burst = burst
    }

    /// The limits of a Unix socket, whose clients have no addresses and are all of one user.
    package static let socket = ConnectionLimits(perAddress: 256)
}
