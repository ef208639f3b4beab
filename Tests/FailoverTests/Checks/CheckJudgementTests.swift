import ControlModel
import ErrorCodes
import Foundation
import HTTPClient
import Leadership
import Management
import Relay
import RopewayConfiguration
import Testing

@testable import Failover

@Suite("What follows from what both sites tell")
struct CheckJudgementTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        /// What is different from two sites where all is well.
        var change: @Sendable (inout CheckFacts) throws -> Void
        /// The codes that are found, with what they mean for `check`, a planned and a forced promotion.
        var code: ErrorCode
        var verdicts: [CheckFinding.Verdict?]
        var testDescription: String { "\(name): \(code.rawValue)" }
    }

    static let rows: [Row] = [
        Row(
            name: "a hook whose program is missing",
            change: { $0.hooks = [HookTrouble(hook: "dns", message: "'/x' can't be used", hint: "write it")] },
            code: .hookUnusable,
            verdicts: [.fail, .fail, .warn]
        ),
        Row(
            name: "a route that is paused by one site's copy",
            change: {
                var ledger = PauseLedger()
                ledger.note("orders", isPaused: true, at: Date(), by: "ann")
                $0.active.pauses = .unknown("no answer")
                $0.standby.pauses = .known(ledger)
            },
            code: .routePaused,
            verdicts: [.warn, .warn, .warn]
        ),
        Row(
            name: "a listener of another machine without TLS",
            change: {
                $0.standby.unencrypted = [BrokerEndpoint(host: "rabbit.dc2.example", port: 5672, usesTLS: false)]
            },
            code: .passwordUnencrypted,
            verdicts: [.warn, nil, nil]
        ),
        Row(
            name: "no exchange at the standby site",
            change: { $0.there?.exchange = .known(nil) },
            code: .exchangeMissing,
            verdicts: [.fail, .fail, .fail]
        ),
        Row(
            name: "no exchange at the active site",
            change: { $0.here?.exchange = .known(nil) },
            code: .exchangeMissing,
            verdicts: [.fail, .fail, nil]
        ),
        Row(
            name: "another type",
            change: { $0.there?.exchange = .known(try exchange(type: "direct")) },
            code: .exchangeTypeDiffers,
            verdicts: [.fail, .fail, .fail]
        ),
        Row(
            name: "other arguments",
            change: { $0.there?.exchange = .known(try exchange(more: #","arguments":{"alternate-exchange":"ae"}"#)) },
            code: .exchangeDiffers,
            verdicts: [.warn, .warn, .warn]
        ),
        Row(
            name: "nothing bound there",
            change: { $0.there?.graph = .known(try graph([])) },
            code: .exchangeUnbound,
            verdicts: [.fail, .fail, .fail]
        ),
        Row(
            name: "nothing bound here",
            change: { $0.here?.graph = .known(try graph([])) },
            code: .exchangeIdle,
            verdicts: [.warn, .warn, nil]
        ),
        Row(
            name: "a key that nobody takes there",
            change: {
                $0.here?.graph = .known(try graph(["#", "x"], "q")); $0.there?.graph = .known(try graph(["a.#"]))
            },
            code: .bindingMissing,
            verdicts: [.fail, .fail, .warn]
        ),
        Row(
            name: "a key that is bound to another exchange there, of which only a part goes on to a queue",
            change: { $0.there?.graph = .known(try graph(["a"], further: ["b.*"])) },
            code: .bindingMissing,
            verdicts: [.fail, .fail, .warn]
        ),
        Row(
            name: "a temporary queue's key",
            change: {
                $0.here?.queues = .known(["q": try queue(more: #","auto_delete":true"#)])
                $0.there?.graph = .known(try graph(["a.#"]))
            },
            code: .bindingTemporary,
            verdicts: [.warn, .warn, .warn]
        ),
        Row(
            name: "a queue that is missing there",
            change: { $0.there?.queues = .known([:]) },
            code: .queueMissing,
            verdicts: [.warn, .warn, .warn]
        ),
        Row(
            name: "a queue of another type",
            change: { $0.there?.queues = .known(["q": try queue(type: "quorum")]) },
            code: .queueDiffers,
            verdicts: [.warn, .warn, .warn]
        ),
        Row(
            name: "a queue that refuses before the replay is through",
            change: { $0.there?.queues = .known(["q": try queue(more: refusing(3))]) },
            code: .queueFull,
            verdicts: [.fail, .fail, .warn]
        ),
        Row(
            name: "a queue that refuses by policy",
            change: {
                let policy = #","effective_policy_definition":{"max-length":3,"overflow":"reject-publish"}"#
                $0.there?.queues = .known(["q": try queue(more: policy)])
            },
            code: .queueFull,
            verdicts: [.fail, .fail, .warn]
        ),
        Row(
            name: "a queue that refuses later",
            change: { $0.there?.queues = .known(["q": try queue(more: refusing(3000))]) },
            code: .queueBounded,
            verdicts: [.warn, .warn, .warn]
        ),
        Row(
            name: "a queue that expires",
            change: { $0.there?.queues = .known(["q": try queue(more: #","arguments":{"x-message-ttl":3}"#)]) },
            code: .queueExpires,
            verdicts: [.warn, .warn, .warn]
        ),
        Row(
            name: "a consumer at the standby site",
            change: { $0.there?.queues = .known(["q": try queue(more: #","consumers":1"#)]) },
            code: .queueConsumed,
            verdicts: [.warn, .warn, .warn]
        ),
        Row(
            name: "an alternate exchange",
            change: { $0.here?.alternate = .known("ae") },
            code: .alternateExchange,
            verdicts: [.fail, .fail, nil]
        ),
        Row(
            name: "an exchange that can't be captured",
            change: { facts in
                for site in [\CheckFacts.here, \.there] {
                    facts[keyPath: site]?.exchange = .known(try exchange(type: "x-consistent-hash"))
                }
            },
            code: .exchangeRefused,
            verdicts: [.fail, .fail, nil]
        ),
        Row(
            name: "an auto-delete exchange",
            change: { $0.here?.exchange = .known(try exchange(more: #","auto_delete":true"#)) },
            code: .routingChange,
            verdicts: [.fail, .fail, nil]
        ),
        Row(
            name: "an operator policy of the active site",
            change: { $0.active.operatorPolicies = .known([limiting]) },
            code: .policyConflict,
            verdicts: [.fail, .fail, nil]
        ),
        Row(
            name: "an operator policy of the standby site",
            change: {
                $0.standby.operatorPolicies = .known([
                    Policy(
                        virtualHost: "/",
                        name: "all",
                        pattern: ".*",
                        appliesTo: "queues",
                        definition: ["max-length-bytes": 5]
                    )
                ])
            },
            code: .policyConflict,
            verdicts: [.fail, .fail, .warn]
        ),
        Row(
            name: "a 3.x cluster without a choice",
            change: { $0.active.nodes = .success(3) },
            code: .captureTypeUndecided,
            verdicts: [.fail, .fail, nil]
        ),
        Row(
            name: "a number of nodes that may not be read",
            change: {
                guard let endpoint = ManagementEndpoint(url: "http://127.0.0.1:15672") else { return }
                $0.active.nodes = .failure(
                    ManagementError(
                        kind: .forbidden(reason: "Not monitor user"),
                        method: .get,
                        path: "/",
                        endpoint: endpoint
                    )
                )
            },
            code: .missingRights,
            verdicts: [.fail, .fail, nil]
        ),
        Row(
            name: "a capture of another type",
            change: { $0.here?.capture = .known(try queue(type: "stream")) },
            code: .inequivalent,
            verdicts: [.fail, .fail, nil]
        ),
        Row(
            name: "a capture of other arguments",
            change: { $0.here?.capture = .known(try queue()) },
            code: .inequivalent,
            verdicts: [.fail, .fail, nil]
        ),
        Row(
            name: "a store of another type",
            change: { $0.there?.store = .known(try queue(type: "quorum")) },
            code: .inequivalent,
            verdicts: [.fail, .fail, .warn]
        ),
        Row(
            name: "a missing tag",
            change: { $0.standby.admin = .known(try user("monitoring")) },
            code: .tagMissing,
            verdicts: [.fail, .fail, .warn]
        ),
        Row(
            name: "no tag monitoring",
            change: { $0.standby.user = .known(try user("policymaker")) },
            code: .tagMonitoringMissing,
            verdicts: [.warn, nil, nil]
        ),
        Row(
            name: "no virtual host",
            change: {
                $0.standby.presence = .known(.missing); $0.standby.routes = [:]
            },
            code: .virtualHostMissing,
            verdicts: [.fail, .fail, .fail]
        ),
        Row(
            name: "a proxy that decodes paths",
            change: {
                $0.standby.presence = .known(.unaddressable); $0.standby.routes = [:]
            },
            code: .pathDecoded,
            verdicts: [.fail, .fail, .fail]
        ),
        Row(
            name: "no room for queues",
            change: {
                $0.standby.queueLimit = .known(1); $0.standby.queueNames = .known(["q"])
            },
            code: .queueLimit,
            verdicts: [.fail, .fail, .warn]
        ),
        Row(
            name: "a store of a route that left the file",
            change: {
                $0.standby.orphans = .known([OrphanedQueue(route: "old", queue: "ropeway.p.old.standby", messages: 7)])
            },
            code: .routeOrphaned,
            verdicts: [.fail, .fail, .fail]
        ),
        Row(
            name: "a quarantine that holds messages",
            change: { $0.standby.quarantines = [try queue(more: #","messages":3"#).totals] },
            code: .quarantineHolds,
            verdicts: [.warn, .warn, .warn]
        ),
        Row(
            name: "a lock of another kind",
            change: { $0.standby.lock = .known(try queue()) },
            code: .lockUnusable,
            verdicts: [.fail, .fail, .fail]
        ),
        Row(
            name: "no right to replay",
            change: { $0.there?.publishing = .known(.missing(lack)) },
            code: .permissionMissing,
            verdicts: [.fail, .fail, .fail]
        ),
        Row(
            name: "no right for some keys",
            change: { $0.there?.publishing = .known(.partial(lack)) },
            code: .permissionMissing,
            verdicts: [.warn, .warn, .warn]
        ),
        Row(
            name: "no cursor",
            change: { $0.there?.replayRights = [.granted, .refused(lack)] },
            code: .permissionMissing,
            verdicts: [.fail, .fail, .fail]
        ),
        Row(
            name: "no capture by right",
            change: { $0.here?.routeRights = [.refused(lack), .refused(lack)] },
            code: .routePermissionMissing,
            verdicts: [.fail, .fail, nil]
        ),
        Row(
            name: "no quarantine by right",
            change: { $0.there?.quarantineRights = [.refused(lack)] },
            code: .quarantinePermissionMissing,
            verdicts: [.warn, .warn, .warn]
        ),
        Row(
            name: "an alarm",
            change: { $0.there?.publishing = .known(.unknown("no answer")) },
            code: .permissionUnknown,
            verdicts: [.warn, .warn, .warn]
        ),
        Row(
            name: "a standby site that is silent",
            change: {
                $0.standby.silence = "timed out"; $0.standby.routes = [:]
            },
            code: .targetUnreachable,
            verdicts: [nil, .fail, .fail]
        ),
        Row(
            name: "an active site that is silent",
            change: {
                $0.active.silence = "timed out"; $0.active.routes = [:]
            },
            code: .otherSiteUnknown,
            verdicts: [nil, .warn, .warn]
        ),
        Row(
            name: "an exchange that could not be read",
            change: { $0.here?.exchange = .unknown("timed out") },
            code: .management,
            verdicts: [.fail, .warn, nil]
        ),
    ]

    private static let purposes: [CheckPurpose] = [.check, .planned(target: "dc2"), .forced(target: "dc2")]

    @Test("is one finding, of the severity of its purpose", arguments: rows)
    func table(_ row: Row) throws {
        var facts = try Self.facts()
        try row.change(&facts)
        for (purpose, verdict) in zip(Self.purposes, row.verdicts) {
            let found = CheckJudgement(facts: facts, purpose: purpose).findings.filter {
                $0.code == row.code.rawValue && $0.verdict != .ok
            }
            #expect(found.map(\.verdict) == (verdict.map { [$0] } ?? []), "\(purpose): \(found)")
        }
    }

    @Test("is nothing where all is well")
    func well() throws {
        for purpose in Self.purposes {
            let found = CheckJudgement(facts: try Self.facts(), purpose: purpose).findings
            #expect(found.allSatisfy { $0.verdict == .ok }, "\(purpose): \(found)")
        }
    }

    @Test("is listed in docs/promotion.md, each with its severities")
    func documented() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "docs/promotion.md"), encoding: .utf8)
        for check in Check.all {
            let severities = [check.inCheck, check.planned, check.forced].map(\.rawValue).joined(separator: " | ")
            let line = "| `\(check.code.rawValue)` | \(check.meaning) | \(severities) |"
            #expect(text.contains(line), "\(line)")
        }
        #expect(Set(Check.all.map(\.code)).count == Check.all.count)
    }

    // MARK: Two sites where all is well

    static func facts() throws -> CheckFacts {
        let text = """
            pair: pair
            active: dc1
            sites:
              dc1: {amqp: [amqp://127.0.0.1], management: [http://127.0.0.1], username: a, password: b}
              dc2: {amqp: [amqp://127.0.0.2], management: [http://127.0.0.2], username: a, password: b}
            routes:
              - {name: orders, exchange: orders, standby: {type: classic, ttl: 1h}, replay: {window: all}}
            """
        let routes = try PairConfiguration.parse(text, file: "test.yaml").configuration.routes
        return CheckFacts(
            pair: "pair",
            routes: routes,
            active: try site("dc1"),
            standby: try site("dc2", store: try queue(more: #","messages":10"#))
        )
    }

    private static func site(_ name: String, store: QueueDetails? = nil) throws -> SiteFacts {
        var site = SiteFacts(name: name, virtualHost: "/")
        site.presence = .known(.present)
        site.user = .known(try user("monitoring"))
        site.admin = .known(try user("policymaker"))
        site.version = .known(BrokerVersion(3, 10))
        site.nodes = .success(1)
        site.policies = .known([])
        site.operatorPolicies = .known([])
        site.queueLimit = .known(nil)
        site.lock = .known(nil)
        site.routes["orders"] = RouteFacts(
            exchange: .known(try exchange()),
            graph: .known(try graph(["#"])),
            alternate: .known(nil),
            queues: .known(["q": try queue()]),
            capture: .known(nil),
            store: .known(store)
        )
        return site
    }

    static func exchange(type: String = "topic", more: String = "") throws -> Exchange {
        try decode(#"{"name":"orders","vhost":"/","type":"\#(type)"\#(more)}"#)
    }

    static func queue(type: String = "classic", more: String = "") throws -> QueueDetails {
        try decode(#"{"name":"q","vhost":"/","type":"\#(type)"\#(more)}"#)
    }

    static func refusing(_ length: Int) -> String {
        #","arguments":{"x-max-length":\#(length),"x-overflow":"reject-publish"}"#
    }

    /// - Parameter further: keys behind another exchange, to which everything goes.
    static func graph(_ keys: [String], _ queue: String = "q", further: [String]? = nil) throws -> ExchangeGraph {
        var places: [String: ExchangeGraph.Place] = [
            "orders": .init(
                type: "topic",
                bindings: try keys.map { try binding($0, from: "orders", to: queue, "queue") }
            )
        ]
        if let further {
            places["orders"]?.bindings.append(try binding("#", from: "orders", to: "sub", "exchange"))
            let behind = try further.map { try binding($0, from: "sub", to: queue, "queue") }
            places["sub"] = ExchangeGraph.Place(type: "topic", bindings: behind)
        }
        return ExchangeGraph(root: "orders", places: places)
    }

    private static func binding(
        _ key: String,
        from source: String,
        to destination: String,
        _ type: String
    ) throws -> Management.Binding {
        let ends = #""source":"\#(source)","destination":"\#(destination)","destination_type":"\#(type)""#
        return try decode(#"{"vhost":"/",\#(ends),"routing_key":"\#(key)"}"#)
    }

    static func user(_ tags: String) throws -> User { try decode(#"{"name":"u","tags":"\#(tags)"}"#) }

    static let lack = TopologyError(.missingRights, "lacks", hint: "give", object: "q")
    static let limiting = Policy(
        virtualHost: "/",
        name: "all",
        pattern: "capture",
        appliesTo: "queues",
        definition: ["max-length": 5]
    )

    private static func decode<Value: Decodable>(_ json: String) throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(json.utf8))
    }
}

extension CheckFacts {
    /// What the active site tells of the route.
    var here: RouteFacts? {
        get { active.routes["orders"] }
        set { active.routes["orders"] = newValue }
    }
    /// What the standby site tells of the route.
    var there: RouteFacts? {
        get { standby.routes["orders"] }
        set { standby.routes["orders"] = newValue }
    }
}
