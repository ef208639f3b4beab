/// Who is connected to a listener, and who makes room for whom.
///
/// A connection is busy while the daemon works on its request, and idle while the daemon waits for the client. Where no
/// more may be connected, the one that has been idle for the longest makes room for a new one; a busy one never does.
struct ConnectionLedger {
    /// What becomes of a new connection.
    enum Admission: Equatable {
        /// It may stay, after the one that is to be closed for it, if any.
        case admitted(id: Int, closing: Int?)
        /// As many as may be connected are busy.
        case refused
    }

    private struct Connection {
        let address: ClientAddress
        /// When it became idle, in the order of such events; `nil` while it is busy.
        var idleSince: Int?
    }

    private let limits: ConnectionLimits
    private var connections: [Int: Connection] = [:]
    private var events = 0

    init(_ limits: ConnectionLimits) {
        self.limits = limits
    }

    /// How many are connected.
    var count: Int { self.connections.count }

    /// A client connected. It is idle.
    mutating func admit(_ address: ClientAddress) -> Admission {
        let ofAddress = self.connections.filter { $0.value.address == address }
        var closing: Int?
        if ofAddress.count >= self.limits.perAddress {
            closing = Self.longestIdle(ofAddress)
            if closing == nil { return .refused }
        } else if self.connections.count >= self.limits.total {
            closing = Self.longestIdle(self.connections)
            if closing == nil { return .refused }
        }
        if let closing { self.connections[closing] = nil }
        let id = self.nextEvent()
        self.connections[id] = Connection(address: address, idleSince: id)
        return .admitted(id: id, closing: closing)
    }

    /// The daemon has a request of a connection to work on.
    mutating func becameBusy(_ id: Int) {
        self.connections[id]?.idleSince = nil
    }

    /// The daemon waits for a connection's client again.
    mutating func becameIdle(_ id: Int) {
        let event = self.nextEvent()
        self.connections[id]?.idleSince = event
    }

    /// A connection is closed.
    mutating func closed(_ id: Int) {
        self.connections[id] = nil
    }

    private mutating func nextEvent() -> Int {
        self.events += 1
        return self.events
    }

    private static func longestIdle(_ connections: [Int: Connection]) -> Int? {
        connections.compactMap { id, connection in connection.idleSince.map { (id: id, since: $0) } }
            .min { $0.since < $1.since }?.id
    }
}
