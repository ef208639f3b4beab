/// A place where a daemon's API answers, or should.
public struct ListenerReport: Sendable, Hashable, Codable {
    /// `HOST:PORT`, or the path of a Unix socket.
    public var address: String
    /// Whether requests are answered there.
    public var listening: Bool
    /// Why not; the daemon goes on trying.
    @OrNull public var error: ErrorReport?

    /// Creates a report of a listener.
    public init(address: String, listening: Bool, error: ErrorReport? = nil) {
        self.address = address
        self.listening = listening
        self.error = error
    }
}
