import AMQP
import BrokerHarness
import NIOCore
import Synchronization

/// Keeps account of numbered messages: which were confirmed to their publisher, and which came out where.
///
/// A message's body is `publisher/number`, from 0 up.
public final class Ledger: Sendable {
    /// What became of the messages.
    public struct Account: Sendable, Hashable {
        /// Confirmed to the publisher and not in the queue.
        public var lost: [String] = []
        /// In the queue more often than once: how many copies too many.
        public var repeated = 0
        /// How many times a first copy came after a later number of the same publisher.
        public var outOfOrder = 0
        /// Each time that a message came again that had come before the last one: how many messages earlier that was, the
        /// message itself included. So each is how many copies one restart of whoever sent them has made.
        public var stepsBack: [Int] = []
        /// What came that no publisher numbered.
        public var foreign: [String] = []
        /// How many different messages came.
        public var distinct = 0

        /// An account of so many different messages, none of them lost, repeated or out of order.
        public init(distinct: Int = 0) {
            self.distinct = distinct
        }
    }

    private let counts = Mutex<[String: Int]>([:])

    public init() {}

    /// How many messages of a publisher were confirmed.
    public func confirmed(by publisher: String) -> Int {
        counts.withLock { $0[publisher] ?? 0 }
    }

    /// How many messages were confirmed.
    public var confirmed: Int { counts.withLock { $0.values.reduce(0, +) } }

    /// Publishes the publisher's next messages and waits for their confirms.
    ///
    /// - Parameter properties: those of each message.
    /// - Throws: ``HarnessError`` where not all were confirmed.
    public func publish(
        _ count: Int,
        by publisher: String = "a",
        to exchange: String,
        key: String = "key",
        properties: BasicProperties = BasicProperties(deliveryMode: 2),
        on node: BrokerNode,
        virtualHost: String = "/"
    ) async throws {
        let first = confirmed(by: publisher)
        let counts = try await node.withChannel(virtualHost: virtualHost) { channel in
            let sender = try await PipelinedPublisher.open(on: channel)
            for number in first..<(first + count) {
                try await sender.publish(
                    ByteBuffer(string: "\(publisher)/\(number)"),
                    properties: properties,
                    exchange: exchange,
                    routingKey: key,
                    mandatory: true
                )
            }
            return try await sender.drain()
        }
        guard counts.confirmed == count else { throw HarnessError("not all messages were confirmed: \(counts)") }
        self.counts.withLock { $0[publisher, default: 0] += count }
    }

    /// Compares what came out with what was confirmed.
    public func account(of deliveries: [Delivery]) -> Account {
        var account = Account()
        // The place of each message among the different ones, by their first copies.
        var places: [String: Int] = [:]
        var lastPlace = -1
        var latest: [Substring: Int] = [:]
        for delivery in deliveries {
            let text = String(buffer: delivery.body)
            if let place = places[text] {
                account.repeated += 1
                if place <= lastPlace { account.stepsBack.append(lastPlace - place + 1) }
                lastPlace = place
                continue
            }
            lastPlace = places.count
            places[text] = lastPlace
            let parts = text.split(separator: "/")
            guard parts.count == 2, let number = Int(parts[1]) else {
                account.foreign.append(text)
                continue
            }
            if let last = latest[parts[0]], number < last { account.outOfOrder += 1 }
            latest[parts[0]] = max(latest[parts[0]] ?? 0, number)
        }
        account.distinct = places.count
        for (publisher, count) in counts.withLock({ $0 }) {
            account.lost += (0..<count).map { "\(publisher)/\($0)" }.filter { places[$0] == nil }
        }
        return account
    }

    /// Takes everything off a queue and compares.
    public func account(
        of queue: String,
        on node: BrokerNode,
        virtualHost: String = "/"
    ) async throws -> Account {
        account(of: try await node.drain(queue, virtualHost: virtualHost))
    }
}
