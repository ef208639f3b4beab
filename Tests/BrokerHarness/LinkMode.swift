/// What a ``LinkProxy`` does with the connections that lead through it.
public enum LinkMode: Sendable, Equatable {
    /// Passes everything on at once.
    case forward
    /// Passes everything on after this many milliseconds one way: the round trip grows by twice as many. Keeps the
    /// order and limits no bandwidth below 64 MiB for each delay and direction.
    case delay(milliseconds: Int)
    /// Closes all connections and refuses new ones.
    case cut
    /// Keeps the connections and passes nothing on that way: nothing is read, so that the sender's window closes.
    case stall(LinkDirection)
    /// Keeps the connections, accepts new ones and answers nothing. When the mode ends, they go on as if packets had
    /// only been late.
    case blackHole
}

/// A way through a ``LinkProxy``.
public enum LinkDirection: Sendable, Equatable {
    /// From who connected to what was connected to.
    case toTarget
    /// From what was connected to back to who connected.
    case toClient
    /// Both ways.
    case both
}
