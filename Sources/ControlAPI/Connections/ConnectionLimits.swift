/// What the clients of one listener may take of the daemon.
package struct ConnectionLimits: Sendable, Equatable {
    /// How many may be connected.
    package var total: Int
    /// How many of them may come from one address.
    package var perAddress: Int
    /// How long the daemon waits for a client: for a request's head, counted from the end of the answer before, for its
    /// body, and until it takes what it is sent.
    package var patience: Duration

    /// Creates limits; without arguments those of a daemon.
    package init(total: Int = 256, perAddress: Int = 64, patience: Duration = .seconds(10)) {
        self.total = total
        self.perAddress = perAddress
        self.patience = patience
    }

    /// The limits of a Unix socket, whose clients have no addresses and are all of one user.
    package static let socket = ConnectionLimits(perAddress: 256)
}
