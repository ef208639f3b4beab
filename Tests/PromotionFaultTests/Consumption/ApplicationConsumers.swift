import AMQP
import BrokerHarness
import NIOCore
import RopewayHarness
import SeededRandomness
import Synchronization

/// The consumers of an application's queues, and what they acknowledged.
final class ApplicationConsumers: Sendable {
    private let node: BrokerNode
    /// By queue, the messages whose acknowledgement was sent, or was about to be.
    private let consumed = Mutex<[String: Set<String>]>([:])
    private let isEnded = Mutex(false)

    init(on node: BrokerNode) { self.node = node }

    /// The messages of a queue that its consumers are done with.
    func consumed(from queue: String) -> Set<String> { consumed.withLock { $0[queue] ?? [] } }

    /// Has ``run(_:)`` end.
    func end() { isEnded.withLock { $0 = true } }

    /// Consumes as a plan says until ``end()``, or until the node is gone.
    func run(_ plan: ConsumptionPlan) async {
        await withDiscardingTaskGroup { group in
            for (place, queue) in plan.queues.enumerated() {
                for (number, consumer) in queue.consumers.enumerated() {
                    let seed = plan.seed &* 1000 &+ UInt64(place * 10 + number)
                    group.addTask { await self.run(consumer, queue.name, SeededGenerator(seed: seed)) }
                }
            }
        }
    }

    private func run(_ plan: ConsumptionPlan.Consumer, _ queue: String, _ random: SeededGenerator) async {
        var random = random
        var isHolding = plan.holdsFirst
        while !isEnded.withLock({ $0 }) {
            do {
                let connection = try await node.connect()
                let worker = Worker(plan, queue, isHolding: isHolding, seed: random.next()) { message in
                    self.consumed.withLock { _ = $0[queue, default: []].insert(message) }
                }
                // One that held a message and lost its connection gives it back: it is any message then.
                isHolding = false
                await consume(queue, plan, connection, worker)
                await connection.close()
            } catch {
                try? await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    private func consume(
        _ queue: String,
        _ plan: ConsumptionPlan.Consumer,
        _ connection: AMQPConnection,
        _ worker: Worker
    ) async {
        guard let channel = try? await connection.openChannel(),
            let consumer = try? await channel.consumer(queue: queue, prefetch: plan.prefetch)
        else { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    for try await delivery in consumer { await worker.take(delivery) }
                } catch {
                    // The connection has ended, or is to.
                }
            }
            group.addTask {
                while await !worker.isDead, !self.isEnded.withLock({ $0 }) {
                    guard await worker.work(consumer), (try? await Task.sleep(for: .milliseconds(50))) != nil else {
                        return
                    }
                }
            }
            await group.next()
            group.cancelAll()
        }
    }
}

/// What one consumer does with its deliveries on one connection.
private actor Worker {
    private let plan: ConsumptionPlan.Consumer
    private let note: @Sendable (String) -> Void
    private var waiting: [Delivery] = []
    private var isHolding: Bool
    private var random: SeededGenerator
    private var left: Int
    private var started = ContinuousClock.now
    private var done = 0

    init(
        _ plan: ConsumptionPlan.Consumer,
        _ queue: String,
        isHolding: Bool,
        seed: UInt64,
        note: @escaping @Sendable (String) -> Void
    ) {
        self.plan = plan
        self.isHolding = isHolding
        self.note = note
        random = SeededGenerator(seed: seed)
        left = plan.diesAfter ?? .max
    }

    var isDead: Bool { left <= 0 }

    func take(_ delivery: Delivery) {
        guard !isHolding else {
            isHolding = false
            return
        }
        waiting.append(delivery)
    }

    /// Acknowledges what its speed allows, in an order of its own.
    ///
    /// - Returns: whether the channel lives.
    func work(_ consumer: AMQPConsumer) async -> Bool {
        let allowed = Int((ContinuousClock.now - started) / .milliseconds(1)) * plan.speed / 1000 - done
        var count = min(allowed, waiting.count)
        // What was not there to be worked on is not worked on later.
        done += max(0, allowed - count)
        while count > 0, left > 0 {
            count -= 1
            done += 1
            left -= 1
            let delivery = waiting.remove(at: Int.random(in: 0..<min(waiting.count, 20), using: &random))
            if !delivery.isRedelivered, Int.random(in: 0..<1000, using: &random) < plan.requeues {
                guard (try? await consumer.reject(delivery, requeue: true)) != nil else { return false }
                continue
            }
            note(String(buffer: delivery.body))
            guard (try? await consumer.acknowledge(delivery)) != nil else { return false }
        }
        return true
    }
}
