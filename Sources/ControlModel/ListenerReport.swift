/// A place where a daemon's API answers, or should.
package struct ListenerReport: Sendable, Hashable, Codable {
    /// `HOST:PORT`, or the path of a Unix socket.
    package var address: String
    /// Whether requests are answered there.
    package var listening: Bool
    /// Why not; the daemon goes on trying.
    @OrNull package var error: ErrorReport?

    /// Creates a report of a listener.
    package init(address: String, listening: Bool, error: ErrorReport? = nil) {
        self.address = address
        self.listening = listening
        self.error = error
    }
}
