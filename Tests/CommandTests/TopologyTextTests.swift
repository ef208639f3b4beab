import ControlModel
import ErrorCodes
import Failover
import FoundationEssentials
import Leadership
import Management
import Testing
import Topology

@testable import Failover
@testable import ropeway

@Suite("Topology as text and JSON")
struct TopologyTextTests {
    private static let source = Definitions(
        origin: Definitions.Origin(name: "site 'dc1'", version: BrokerVersion(3, 10, 8)),
        exchanges: [ExchangeDefinition(name: "orders", type: "topic")],
        queues: [
            QueueDefinition(name: "billing", arguments: ["x-message-ttl": 5]),
            QueueDefinition(name: "old", arguments: ["x-queue-version": 1]),
            QueueDefinition(name: "r", isExclusive: true),
        ],
        bindings: [
            BindingDefinition(source: "orders", destination: "billing", routingKey: "eu", arguments: ["a": true])
        ],
        policies: [PolicyDefinition(name: "p", pattern: "^b", definition: ["max-length": 5])]
    )
    private static let target = Definitions(
        origin: Definitions.Origin(name: "site 'dc2'", version: BrokerVersion(4, 3, 6)),
        queues: [QueueDefinition(name: "billing"), QueueDefinition(name: "own")],
        policies: [PolicyDefinition(name: "p", pattern: "^b", priority: 2, definition: ["max-length": 5])]
    )

    private static var comparison: TopologyComparison { TopologyComparison(source: source, target: target) }

    private static func report() throws -> TopologyReport {
        let direction = try TopologyDirection(
            .none(active: "dc1"),
            sites: ["dc1", "dc2"],
            configuredActive: "dc1",
            isForWriting: false
        )
        return TopologyReport(pair: "p", direction, comparison)
    }

    @Test("Given differences, when they are shown, then each has its line, with both sides or the reason below")
    func diff() throws {
        let text = TopologyText(report: try Self.report(), style: .plain).text
        let expected = """
            TOPOLOGY  site 'dc1' (RabbitMQ 3.10.8) → site 'dc2' (RabbitMQ 4.3.6)
            + missing      exchange 'orders'
            ! conflict     queue 'billing'
                             x-message-ttl: not set instead of 5
            ! not possible queue 'old'
                          -> RabbitMQ 4.3.6 has no version 1 of classic queues: declare it without x-queue-version
            - only there   queue 'own'
            + missing      binding 'orders' → queue 'billing' with 'eu' {"a": true}
            ~ changed      policy 'p'
                             priority: 2 instead of 0
            left out, exclusive: queue 'r'; they belong to one connection, and go with it
            """
        #expect(text.hasPrefix(expected), "\(text)")
        #expect(text.hasSuffix("2 missing, 1 changed, 1 in conflict, 1 not possible, 1 only there"))
    }

    @Test("Given a comparison, when it is printed as JSON, then no key is absent and it reads back")
    func json() throws {
        let report = try Self.report()
        let bytes = try ReportCoding.encode(report)
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(
            text.contains(
                #"{"kind":"only_there","object":{"binding":null,"description":"queue 'own'","exchange":null,"kind":"queue","name":"own"},"properties":[],"reason":null}"#
            )
        )
        #expect(text.contains(#""arguments":{"a":true},"destination":"billing","destination_type":"queue""#))
        #expect(text.contains(#""epoch":null"#) && text.contains(#""sync":null"#))
        #expect(try ReportCoding.decode(TopologyReport.self, from: bytes) == report)
    }

    @Test("Given what came of a sync, when the command ends, then its exit says whether anything was changed or left")
    func exits() throws {
        let comparison = Self.comparison
        let steps = TopologyPlan(comparison).steps
        var untouched = try Self.report()
        untouched.note(TopologyOutcome(), unshown: 0)
        #expect(untouched.syncExitCode == .preconditionFailed)
        var partial = try Self.report()
        partial.note(
            TopologyOutcome(results: [
                .init(steps[0], .done), .init(steps[1], .refused(reason: "no", hint: "ask")),
                .init(steps[2], .notTried),
            ]),
            unshown: 0
        )
        #expect(partial.syncExitCode == .incomplete)
        #expect(partial.sync?.notTried == 1)
        let text = TopologySyncText(report: partial, style: .plain).text
        #expect(text.contains("not done create \(steps[1].object.identity): no\n  -> ask"))
        #expect(text.hasSuffix("1 not done, 2 can't be made alike, 1 not tried"), "\(text)")
        var whole = try Self.report()
        whole.counts = [:]
        whole.note(TopologyOutcome(results: steps.map { .init($0, .done) }), unshown: 0)
        #expect(whole.syncExitCode == .done)
        whole.note(TopologyOutcome(results: steps.map { .init($0, .done) }), unshown: 1)
        #expect(whole.syncExitCode == .incomplete)
        #expect(try Self.report().diffExitCode == .preconditionFailed)
    }

    @Test("Given a plan, when it is shown, then every deletion and change is in it, however much is created")
    func plan() {
        let created = (0..<100).map { TopologyPlan.Step(.create, .queue(QueueDefinition(name: "q\($0)"))) }
        let deleted = (0..<100).map { TopologyPlan.Step(.delete, .queue(QueueDefinition(name: "d\($0)"))) }
        let lines = TopologyText.lines(of: TopologyPlan(phases: [created, deleted]))
        #expect(lines.count == 151)
        #expect(lines.filter { $0.hasPrefix("delete") }.count == 100)
        #expect(lines.contains("create 50 more"))
    }

    @Test("Given a daemon that syncs, when the status is shown, then what it could not do is there")
    func status() {
        var report = Samples.status
        var topology = TopologyStatus()
        topology.note(Self.comparison, TopologyOutcome(), at: Samples.date)
        report.topology = topology
        let text = StatusText(report: report, style: .plain).text
        #expect(text.contains("Topology  synced 2026-12-01 10:00:00Z, 0 applied, differences 2"))
        #expect(text.contains("  queue 'billing': x-message-ttl: not set instead of 5"))
        topology.note(OperationError(.unknown, code: .siteSilent, message: "m", hint: "h"), at: Samples.date)
        #expect(topology.differences == nil)
        #expect(topology.error?.code == "site-silent")
    }
}
