import SeededRandomness

/// What happens in a run in which consumers take messages until DC1 is killed; the same for the same seed.
struct ConsumptionPlan: Sendable, CustomStringConvertible {
    /// An application's queue and its consumers.
    struct Queue: Sendable {
        var name: String
        /// `classic` or `quorum`.
        var type: String
        /// Its share of the messages, in hundredths.
        var share: Int
        var consumers: [Consumer]
    }

    struct Consumer: Sendable {
        var prefetch: UInt16
        /// Acknowledgements a second.
        var speed: Int
        /// Whether it never acknowledges the first message that it gets.
        var holdsFirst = false
        /// How many of a thousand messages it gives back once.
        var requeues = 0
        /// After how many messages it loses its connection; `nil` never does.
        var diesAfter: Int?
    }

    var seed: UInt64
    var messages: Int
    /// For how long messages are published.
    var duration: Duration
    /// From the end of publishing to the kill.
    var rest: Duration
    var queues: [Queue]
    /// Whether publishers set the time of day.
    var hasTimestamps: Bool

    /// Three queues at different speeds, of which one is stuck; a consumer with prefetch 50 that holds its first message.
    static func disaster(messages: Int, duration: Duration, rest: Duration, type: String) -> ConsumptionPlan {
        let speed = max(20, messages / Int(duration.components.seconds) * 2)
        return ConsumptionPlan(
            seed: 0,
            messages: messages,
            duration: duration,
            rest: rest,
            queues: [
                Queue(name: "fast", type: type, share: 60, consumers: [.init(prefetch: 100, speed: speed)]),
                Queue(
                    name: "slow",
                    type: type,
                    share: 30,
                    consumers: [
                        .init(prefetch: 20, speed: speed / 2), .init(prefetch: 50, speed: speed / 2, holdsFirst: true),
                    ]
                ),
                Queue(name: "stuck", type: type, share: 10, consumers: []),
            ],
            hasTimestamps: true
        )
    }

    /// A random run.
    static func random(seed: UInt64, messages: Int, duration: Duration) -> ConsumptionPlan {
        var random = SeededGenerator(seed: seed)
        let rate = max(1, messages / Int(duration.components.seconds))
        var shares = [Int.random(in: 20...60, using: &random), Int.random(in: 10...30, using: &random)]
        shares.append(100 - shares[0] - shares[1])
        let queues = shares.enumerated().map { index, share in
            let count = Int.random(in: 0...2, using: &random)
            let consumers = (0..<count).map { _ in
                let prefetch = [1, 5, 50, 200].randomElement(using: &random) ?? 1
                return Consumer(
                    prefetch: UInt16(prefetch),
                    speed: max(5, rate * Int.random(in: 20...200, using: &random) / 100),
                    holdsFirst: prefetch > 1 && Int.random(in: 0..<6, using: &random) == 0,
                    requeues: Int.random(in: 0..<3, using: &random) == 0 ? Int.random(in: 1...30, using: &random) : 0,
                    diesAfter: Int.random(in: 0..<4, using: &random) == 0
                        ? Int.random(in: 20...2000, using: &random) : nil
                )
            }
            let type = Bool.random(using: &random) ? "classic" : "quorum"
            return Queue(name: "q\(index)", type: type, share: share, consumers: consumers)
        }
        return ConsumptionPlan(
            seed: seed,
            messages: messages,
            duration: duration,
            rest: .seconds([0, 5, 20, 45, 75].randomElement(using: &random) ?? 0),
            queues: queues,
            hasTimestamps: Int.random(in: 0..<3, using: &random) > 0
        )
    }

    var description: String {
        let texts = queues.map { queue in
            let consumers = queue.consumers.map { one in
                "p\(one.prefetch) \(one.speed)/s\(one.holdsFirst ? " holds" : "")"
                    + (one.requeues > 0 ? " requeues \(one.requeues)" : "")
                    + (one.diesAfter.map { " dies \($0)" } ?? "")
            }
            return "\(queue.name) \(queue.type) \(queue.share) % [\(consumers.joined(separator: ", "))]"
        }
        return "seed \(seed): \(messages) messages in \(duration), rest \(rest), timestamps \(hasTimestamps), "
            + texts.joined(separator: "; ")
    }
}
