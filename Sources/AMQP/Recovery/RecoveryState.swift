/// What a ``RecoveringConnection`` knows, without I/O: whether it stands, and what is on it.
///
/// `Connection` and `Channel` are those of the present generation.
struct RecoveryState<Connection, Channel, Consumer: AnyObject> {
    enum Phase {
        /// There is no connection, or it is being restored. Can transition to: open, ended.
        case away
        /// Can transition to: away, ended.
        case open(Connection)
        case ended(AMQPError)
    }

    /// A channel over all connections.
    struct Record {
        /// Its present channel; what it was while the connection is away.
        var live: Channel
        /// Why it has ended; it is not restored then.
        var failure: AMQPError?
        /// The limit for all its consumers together.
        var sharedPrefetch: UInt16?
        /// With the queues that they consume.
        var consumers: [(consumer: Consumer, queue: String)] = []
    }

    private(set) var phase = Phase.away
    /// Grows by one with each connection that stands.
    private(set) var generation = 0
    var topology = TopologyRecord()
    private(set) var channels: [Int: Record] = [:]
    private var lastChannel = 0

    // MARK: The connection

    /// A connection stands, with a channel for each that is to be restored.
    ///
    /// - Returns: the channels that nobody wants any more; `nil` where the connection itself is not wanted.
    mutating func opened(_ connection: Connection, _ restored: [Int: Channel]) -> [Channel]? {
        guard case .away = phase else { return nil }
        phase = .open(connection)
        generation += 1
        var unwanted: [Channel] = []
        for (id, channel) in restored {
            if channels[id]?.failure == nil, channels[id] != nil {
                channels[id]?.live = channel
            } else {
                unwanted.append(channel)
            }
        }
        return unwanted
    }

    /// The connection is gone.
    ///
    /// - Returns: whether it is to be replaced.
    mutating func lost() -> Bool {
        if case .ended = phase { return false }
        phase = .away
        return true
    }

    /// Nothing will be restored any more.
    ///
    /// - Returns: the connection that is open, and the consumers that are to be told; `nil` where it had ended before.
    mutating func ended(_ error: AMQPError) -> (connection: Connection?, consumers: [Consumer])? {
        let open: Connection?
        switch phase {
        case .away: open = nil
        case .open(let connection): open = connection
        case .ended: return nil
        }
        phase = .ended(error)
        let consumers = channels.values.flatMap { $0.consumers.map(\.consumer) }
        channels = [:]
        return (open, consumers)
    }

    func isOpen(generation: Int) -> Bool {
        if case .open = phase { self.generation == generation } else { false }
    }

    // MARK: Channels

    mutating func add(_ channel: Channel) -> Int {
        lastChannel += 1
        channels[lastChannel] = Record(live: channel)
        return lastChannel
    }

    /// The channels to restore, in the order in which they were opened.
    var channelsToRestore: [Int] {
        channels.filter { $0.value.failure == nil }.keys.sorted()
    }

    mutating func setSharedPrefetch(_ count: UInt16, channel: Int) {
        channels[channel]?.sharedPrefetch = count
    }

    /// A channel has ended although its connection stands.
    ///
    /// - Parameter keepsReason: whether later calls are told the reason; else the channel is forgotten.
    /// - Returns: the consumers that are to be told, and its present channel.
    mutating func endChannel(
        _ id: Int,
        _ error: AMQPError,
        keepsReason: Bool
    ) -> (live: Channel, consumers: [Consumer])? {
        guard var record = channels[id], record.failure == nil else {
            if !keepsReason { channels[id] = nil }
            return nil
        }
        let result = (record.live, record.consumers.map(\.consumer))
        // An auto-delete queue goes with the last of them.
        for (_, queue) in record.consumers { topology.consumerEnded(queue) }
        record.failure = error
        record.consumers = []
        channels[id] = keepsReason ? record : nil
        return result
    }

    // MARK: Consumers

    mutating func add(_ consumer: Consumer, queue: String, channel: Int) {
        channels[channel]?.consumers.append((consumer, queue))
        topology.consumerStarted(queue)
    }

    /// - Returns: whether it was there.
    mutating func remove(_ consumer: Consumer, channel: Int) -> Bool {
        guard let place = channels[channel]?.consumers.firstIndex(where: { $0.consumer === consumer }),
            let removed = channels[channel]?.consumers.remove(at: place)
        else { return false }
        topology.consumerEnded(removed.queue)
        return true
    }
}
