import AMQP
import BrokerHarness
import Foundation
import Logging
import Relay
import RelayHarness
import Synchronization
import Testing

@Suite("A stream store that is declared again with all its arguments", .timeLimit(.minutes(2)))
struct ReplacedStoreTests {
    private static let stream = "{type: stream, ttl: 1h, max-length-bytes: 1GB}"

    /// What a watch has found.
    private final class Findings: Sendable {
        private let all = Mutex<[GapFinding]>([])

        func note(_ more: [GapFinding]) { all.withLock { $0 += more } }
        var now: [GapFinding] { all.withLock { $0 } }
    }

    @Test("is known for another while it is watched, and by who looks next")
    func replaced() async throws {
        try await Topology.with { topology in
            // Given a store of 30 messages that was looked at
            try await topology.store(Self.stream).prepare(on: topology.connection)
            _ = try await topology.fillStore(30) { _ in "k" }
            let first = Findings()
            try await Self.watching(topology, nil, first) { watch in
                try await Self.until("its end is known") { await watch.known()["orders"]?.end == 29 }
                // When it is deleted, and declared again before anybody can see that it is not there
                try await Self.replace(topology)
                // Then it is a gap with the number of what it held
                try await Self.until("the gap is told of") { first.now.contains { $0.count == 30 } }
            }
            #expect(first.now.map(\.reason) == [.storeThinned], "\(first.now)")
            // Given what that left behind, and 20 more messages; when the same is done while nobody looks
            let known = KnownObjects(epoch: 1, queue: try await Self.incarnation(topology), end: 19, seen: Date())
            _ = try await topology.fillStore(20) { _ in "k" }
            let second = Findings()
            try await Self.watching(topology, known, second) { watch in
                try await Self.until("it was looked at") { await watch.evidence["orders"]?.isComplete ?? false }
                #expect(await watch.compare().isEmpty && second.now.isEmpty, "\(second.now)")
            }
            try await Self.replace(topology)
            try await Self.watching(topology, known, second) { watch in
                try await Self.until("the gap is told of") { second.now.contains { $0.count == 20 } }
            }
        }
    }

    private static func until(_ what: String, _ holds: @Sendable () async throws -> Bool) async throws {
        try await eventually(within: .seconds(40), what) { try await holds() }
    }

    private static func watching(
        _ topology: Topology,
        _ known: KnownObjects?,
        _ findings: Findings,
        _ body: (StoreWatch) async throws -> Void
    ) async throws {
        let task = WatchTask(
            pair: "pair",
            site: topology.site,
            epoch: 1,
            routes: [try topology.route("standby: \(stream)")],
            known: known.map { ["orders": $0] } ?? [:],
            mayChange: { true },
            found: { findings.note($0) },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let watch = StoreWatch(task, isLeftAlone: { false }, progress: { _ in nil })
        let watching = Task { await watch.run() }
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(watch))
        } catch {
            result = .failure(error)
        }
        watching.cancel()
        await watching.value
        try result.get()
    }

    private static func incarnation(_ topology: Topology) async throws -> String? {
        try await topology.site.existingQueue(topology.names.standby)?.incarnation
    }

    /// Deletes the store, and makes it and its binding again as they were.
    private static func replace(_ topology: Topology) async throws {
        let before = try await incarnation(topology)
        let path = "/api/queues/\(topology.virtualHost)/\(topology.names.standby)"
        let (_, body) = try await topology.node.management("GET", path)
        let shown = try #require(try JSONSerialization.jsonObject(with: body) as? [String: Any])
        let definition = ["durable": true, "arguments": try #require(shown["arguments"])]
        let again = String(decoding: try JSONSerialization.data(withJSONObject: definition), as: UTF8.self)
        try await topology.channel.deleteQueue(topology.names.standby)
        let (status, answer) = try await topology.node.management("PUT", path, body: again)
        #expect(status == 201, "\(String(decoding: answer, as: UTF8.self))")
        try await topology.channel.bindQueue(
            topology.names.standby,
            to: topology.names.standbyExchange(epoch: 1),
            routingKey: ""
        )
        #expect(try await incarnation(topology) == before)
    }
}
