/// A queue of a broker, as far as it matters what is in it, in which order it goes out, and what is told of it.
struct QueueModel {
    struct Message {
        var isOfRoute: Bool
        /// Of the route's classes; 2 is uncertain, 3 doesn't lead to the queue.
        var kind: Int
        var timestamp: Int64?
        var isHigh: Bool
        var isTransient: Bool
        var expires: Int?
        /// The last that the relay gave it; -1: none yet.
        var position: Int64 = -1
        var wasDelivered = false
        var isInQueue = false
        /// In a queue that it was dead-lettered to.
        var isDeadLettered = false
        var entered = 0
        var index: Int64 = 0
    }

    struct Channel {
        var id: Int
        var prefetch: Int
        var isConsuming = true
        var isAlive = true
        var held: [(message: Int, since: Int)] = []
        var keepsFirst = false
        var isAutomatic = false
        var delivered = 0
        var redelivered = 0
        var phase: Int
        /// What statistics say.
        var toldDelivered = 0
        var toldRedelivered = 0
        var toldHeld: Int?
    }

    static let publishers = 3

    let history: History
    var messages: [Message] = []
    var ready: [Int] = []
    var returned: [Int] = []
    var channels: [Channel] = []
    var incarnation = 1
    var surroundings = 1
    /// What was routed here, by publisher.
    var published = Array(repeating: 0, count: Self.publishers)
    var leader = 1
    var isRunning = true
    var lastIndex: Int64 = 1
    var snapshotIndex: Int64 = 0

    init(history: History) { self.history = history }

    var depth: Int { ready.count + returned.count }
    var unacknowledged: Int { channels.reduce(0) { $0 + $1.held.count } }
    var isQuorum: Bool { history.kind != .classic }

    mutating func enter(_ message: Int, now: Int) {
        if history.refuses, let limit = history.lengthLimit, depth >= limit { return }
        lastIndex += 1
        messages[message].isInQueue = true
        messages[message].entered = lastEntered
        messages[message].index = lastIndex
        lastEntered += 1
        ready.append(message)
    }

    private var lastEntered = 0

    mutating func trim(now: Int) {
        while let head = head, let expires = messages[head].expires, expires <= now {
            leave(take(), deadLettered: true)
        }
        if let limit = history.lengthLimit, !history.refuses {
            while depth > limit { leave(take(), deadLettered: true) }
        }
    }

    private var head: Int? { returned.first ?? ready.first }

    private mutating func take() -> Int {
        lastIndex += 1
        if !returned.isEmpty { return returned.removeFirst() }
        if history.declaresPriorities || (isQuorum && history.version >= 4),
            let high = ready.firstIndex(where: { messages[$0].isHigh })
        {
            return ready.remove(at: high)
        }
        return ready.removeFirst()
    }

    mutating func deliver(to channel: Int, now: Int, acknowledges: Bool = true) {
        let message = take()
        channels[channel].delivered += 1
        if messages[message].wasDelivered { channels[channel].redelivered += 1 }
        messages[message].wasDelivered = true
        if acknowledges { channels[channel].held.append((message, now)) } else { leave(message) }
    }

    mutating func leave(_ message: Int, deadLettered: Bool = false) {
        messages[message].isInQueue = false
        if deadLettered, history.deadLetters { messages[message].isDeadLettered = true }
        lastIndex += 1
    }

    mutating func giveBack(_ message: Int, explicitly: Bool) {
        lastIndex += 1
        switch history.kind {
        case .classic:
            let place = ready.firstIndex { messages[$0].entered > messages[message].entered } ?? ready.count
            ready.insert(message, at: place)
        case .quorumUnlimited where explicitly:
            messages[message].index = lastIndex
            ready.append(message)
        case .quorumLimited, .quorumUnlimited:
            returned.append(message)
        }
    }

    mutating func close(_ channel: Int) {
        guard channels[channel].isAlive else { return }
        for held in channels[channel].held { giveBack(held.message, explicitly: false) }
        channels[channel].held = []
        channels[channel].isAlive = false
    }

    mutating func purge() {
        for message in ready + returned { leave(message) }
        ready = []
        returned = []
    }

    /// Messages that came a moment ago, and transient ones, may be gone from anywhere.
    mutating func lose(recent: Int, transient: Bool) {
        let young = lastEntered - recent
        func isLost(_ message: Int) -> Bool {
            (transient && messages[message].isTransient && history.kind == .classic)
                || messages[message].entered >= young
        }
        for message in ready + returned where isLost(message) { messages[message].isInQueue = false }
        ready.removeAll(where: isLost)
        returned.removeAll(where: isLost)
    }

    /// - Parameter keepsCounts: the channels were on another node.
    mutating func restart(recent: Int, keepsCounts: Bool) {
        for channel in channels.indices { close(channel) }
        if !keepsCounts { forgetCounts() }
        surroundings += 1
        lose(recent: recent, transient: true)
    }

    /// A queue of the same name, with nothing in it.
    ///
    /// - Parameter keepsCounts: as much was delivered as before by the time anybody looks.
    mutating func redeclare(keepsCounts: Bool) {
        for channel in channels.indices { close(channel) }
        if !keepsCounts { forgetCounts() }
        purge()
        incarnation += 1
        if keepsCounts { return }
        lastIndex = 1
        snapshotIndex = 0
    }

    private mutating func forgetCounts() {
        channels = []
        published = published.map { _ in 0 }
    }

    mutating func cutLog() {
        guard isQuorum else { return }
        if history.machineVersion > 7 {
            snapshotIndex = lastIndex
            return
        }
        var lowest = lastIndex + 1
        for message in messages where message.isInQueue { lowest = min(lowest, message.index) }
        snapshotIndex = max(snapshotIndex, lowest - 1)
    }
}
