import BrokerHarness
import Foundation
import RopewayHarness
import Synchronization

/// Several publishers that publish at a steady rate to DC1 and publish again what was not confirmed.
final class PacedPublishers: Sendable {
    /// Messages that a publisher sends before it waits for their confirms.
    static let chunk = 250

    struct Counts: Sendable {
        /// Messages that were published once more since their confirms did not come: repeats by the publisher.
        var resent = 0
        /// Chunks whose confirms took longer than a second.
        var slowChunks = 0
        /// The longest wait for the confirms of a chunk.
        var slowest = Duration.zero
        var chunks = 0
    }

    let ledger = Ledger()
    private let counted = Mutex(Counts())
    private let publishers: [String]
    private let node: BrokerNode
    private let isEnded = Mutex(false)

    init(_ count: Int = 4, to node: BrokerNode) {
        publishers = (0..<count).map { "p\($0)" }
        self.node = node
    }

    var counts: Counts { counted.withLock { $0 } }
    /// Confirmed messages of all publishers.
    var confirmed: Int { publishers.map { ledger.confirmed(by: $0) }.reduce(0, +) }

    /// Has ``publish(_:over:)`` end although not everything is published.
    func end() { isEnded.withLock { $0 = true } }

    /// Publishes `total` messages in about `duration`, evenly; `nil` publishes at the rate until ``end()``.
    func publish(_ total: Int, over duration: Duration, endless: Bool = false) async throws {
        let each = total / publishers.count / Self.chunk
        let interval = duration / max(1, each)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for publisher in publishers {
                group.addTask { try await self.publish(publisher, chunks: endless ? .max : each, interval: interval) }
            }
            try await group.waitForAll()
        }
    }

    private func publish(_ publisher: String, chunks: Int, interval: Duration) async throws {
        let clock = ContinuousClock()
        var next = clock.now
        var done = 0
        let patience = clock.now + .seconds(300)
        while done < chunks, !isEnded.withLock({ $0 }) {
            let start = clock.now
            do {
                try await ledger.publish(
                    Self.chunk,
                    by: publisher,
                    to: FaultBench.exchange,
                    key: publisher,
                    on: node
                )
                done += 1
                counted.withLock {
                    $0.chunks += 1
                    $0.slowest = max($0.slowest, clock.now - start)
                    if clock.now - start > .seconds(1) { $0.slowChunks += 1 }
                }
            } catch {
                guard clock.now < patience else { throw error }
                counted.withLock { $0.resent += Self.chunk }
                try await Task.sleep(for: .milliseconds(100))
            }
            next += interval
            try await clock.sleep(until: max(next, clock.now))
        }
    }
}
