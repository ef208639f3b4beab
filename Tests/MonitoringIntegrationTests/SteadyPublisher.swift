import AMQP
import BrokerHarness
import Foundation
import NIOCore
import RopewayHarness
import Synchronization

/// Publishes a message each few milliseconds and remembers when: the truth that lag is compared with.
final class SteadyPublisher: Sendable {
    private let times = Mutex<[Double]>([])

    /// Publishes until the task is cancelled, straight to DC1.
    func run(_ bench: LagBench, each spacing: Duration = .milliseconds(10)) async throws {
        try await bench.dc1.withChannel(virtualHost: bench.host1) { channel in
            let sender = try await PipelinedPublisher.open(on: channel)
            var due = ContinuousClock.now
            while !Task.isCancelled {
                times.withLock { $0.append(Date().timeIntervalSince1970) }
                try await sender.publish(
                    ByteBuffer(string: "x"),
                    properties: BasicProperties(deliveryMode: 2),
                    exchange: LagBench.exchange,
                    routingKey: "key",
                    mandatory: true
                )
                due += spacing
                try? await Task.sleep(until: due, clock: .continuous)
            }
        }
    }

    /// How many were published.
    var count: Int { times.withLock { $0.count } }

    /// How old the oldest message is at a time that is not among the first that are confirmed; 0 if there is none.
    func lag(at time: Double, confirmed: Int) -> Double {
        times.withLock { times in
            guard times.indices.contains(confirmed), times[confirmed] < time else { return 0 }
            return time - times[confirmed]
        }
    }
}

/// What a scrape says of the route's lag, beside what it is.
struct LagLook: Sendable, CustomStringConvertible {
    /// The lag in seconds; `nil` where it is not known.
    let said: Double?
    let isKnown: Bool
    let isRunning: Bool
    let truth: Double

    init(_ scrape: Scrape, _ publisher: SteadyPublisher) throws {
        guard let time = scrape("ropeway_report_timestamp_seconds") else { throw HarnessError("a report without time") }
        said = scrape("ropeway_replication_lag_seconds")
        isKnown = scrape("ropeway_replication_lag_known") == 1
        isRunning = scrape("ropeway_route_state", #"state="running""#) == 1
        // Where a session ended and messages were sent again, it is the least that it may be.
        truth = publisher.lag(at: time, confirmed: scrape("ropeway_messages_confirmed_total").map { Int($0) } ?? 0)
    }

    /// How far off it is; `nil` where nothing is said.
    var error: Double? { said.map { abs($0 - truth) } }

    /// How far off it may be.
    var tolerance: Double { LagTruthTests.isWhole ? max(0.05, truth / 10) : max(0.5, truth / 2) }

    var description: String {
        "said \(said.map { "\($0)" } ?? "nothing"), known \(isKnown), running \(isRunning), is \(truth)"
    }
}
