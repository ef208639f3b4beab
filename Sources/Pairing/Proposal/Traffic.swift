import Management

/// What is seen of the messages of one exchange: how many come, how large they are, and how long they wait.
struct Traffic {
    /// Messages published a second; `nil`: none was seen yet.
    let rate: Double?
    /// The mean size of a message, bytes; `nil` where no queue holds any.
    let messageBytes: Double?
    /// How long the longest backlog takes at the rate at which it is consumed; `nil` where no queue holds any.
    let backlog: Duration?
    /// A queue that holds messages which nobody takes, and how many.
    let unconsumed: (queue: String, messages: Int64)?

    init(of exchange: Exchange, queues: [QueueDetails]) {
        rate = exchange.publishRate.flatMap { $0 > 0 ? $0 : nil }
        let holding = queues.filter { $0.totals.messages ?? 0 > 0 }
        let sized = holding.filter { $0.messageBytes ?? 0 > 0 }
        let messages = sized.reduce(0.0) { $0 + Double($1.totals.messages ?? 0) }
        let bytes = sized.reduce(0.0) { $0 + Double($1.messageBytes ?? 0) }
        messageBytes = messages > 0 ? bytes / messages : nil
        var longest: Duration?
        var unconsumed: (queue: String, messages: Int64)?
        for queue in holding {
            guard let waiting = queue.totals.messages else { continue }
            if let taken = queue.statistics?.acknowledgeRate, taken > 0 {
                longest = max(longest ?? .zero, .seconds(Double(waiting) / taken))
            } else if waiting > unconsumed?.messages ?? 0 {
                unconsumed = (queue.name, waiting)
            }
        }
        backlog = longest
        self.unconsumed = unconsumed
    }

    /// How many bytes come within a time; `nil` where rate or size are not known.
    func bytes(within time: Duration) -> Double? {
        guard let rate, let messageBytes else { return nil }
        return rate * messageBytes * (time / .seconds(1))
    }

    /// What was seen, in words.
    var summary: String {
        let comes = rate.map { "\($0 < 10 ? "\(($0 * 10).rounded() / 10)" : "\(Int($0.rounded()))") messages/s" }
        let size = messageBytes.map { " of \(Int($0.rounded())) bytes" } ?? ""
        return comes.map { $0 + size } ?? "no publishes seen"
    }
}
