import ControlModel
import Failover
import Management
import RopewayConfiguration
import Testing

@testable import Pairing

@Suite("What is proposed for two sites")
struct PairProposalTests {
    private func proposal(
        _ active: SurveyMaker,
        _ standby: SurveyMaker = SurveyMaker(name: "dc2")
    ) throws -> PairProposal {
        PairProposal(pair: "shop", active: try active.survey(), standby: try standby.survey())
    }

    @Test("Given exchanges with and without queues, when proposed, then those with queues get a route each")
    func routes() throws {
        var site = SurveyMaker()
        site.exchange("Orders.Events", "topic")
        site.exchange("orders/events", "fanout")
        site.exchange("unused", "direct")
        site.exchange("", "direct")
        site.exchange("amq.topic", "topic")
        site.queue("invoices")
        site.bind("Orders.Events", "invoices", "order.#")
        site.bind("orders/events", "invoices", "")

        let proposal = try proposal(site)

        #expect(proposal.isPossible)
        #expect(proposal.routes.map(\.name) == ["orders-events", "orders-events-2"])
        #expect(proposal.routes.map(\.exchange) == ["Orders.Events", "orders/events"])
        #expect(proposal.routes.allSatisfy { $0.captureType == nil && $0.storeType.value == .stream })
        #expect(proposal.uncaptured.isEmpty)
    }

    @Test(
        "Given exchanges that can't be captured, when proposed, then they are named with the reason, and have no route"
    )
    func uncaptured() throws {
        var site = SurveyMaker()
        site.exchange("spread", "x-consistent-hash")
        site.exchange("gone", "fanout", more: ["auto_delete": true])
        site.queue("one")
        site.bind("spread", "one", "10")
        site.bind("gone", "one", "")

        let proposal = try proposal(site)

        #expect(proposal.routes.isEmpty)
        #expect(proposal.uncaptured.map(\.exchange) == ["gone", "spread"])
        #expect(proposal.uncaptured.allSatisfy { !$0.reason.isEmpty && !$0.hint.isEmpty && $0.queues == ["one"] })
    }

    @Test("Given an exchange behind another one, when proposed, then only the one in front gets a route")
    func behind() throws {
        var site = SurveyMaker()
        site.exchange("front", "topic")
        site.exchange("back", "topic")
        site.queue("q")
        site.bind("front", "back", "a.#", to: "exchange")
        site.bind("back", "q", "#")

        let proposal = try proposal(site)

        #expect(proposal.routes.map(\.exchange) == ["front"])
        #expect(proposal.routes[0].queues == ["q"])
        #expect(proposal.routes[0].notes.contains { $0.contains("back") })
    }

    @Test("Given an exchange behind one that can't be captured, when proposed, then it gets a route of its own")
    func behindUncaptured() throws {
        var site = SurveyMaker()
        site.exchange("hash", "x-consistent-hash")
        site.exchange("back", "topic")
        site.queue("q")
        site.bind("hash", "back", "10", to: "exchange")
        site.bind("back", "q", "#")

        let proposal = try proposal(site)

        #expect(proposal.routes.map(\.exchange) == ["back"])
        #expect(proposal.uncaptured.map(\.exchange) == ["hash"])
    }

    @Test(
        "Given an alternate exchange, when proposed, then it has a route too: nothing of it passes the other's bindings"
    )
    func alternate() throws {
        var site = SurveyMaker()
        site.exchange("main", "direct", more: ["arguments": ["alternate-exchange": "rest"]])
        site.exchange("rest", "fanout")
        site.queue("a")
        site.queue("b")
        site.bind("main", "a", "a")
        site.bind("rest", "b", "")

        #expect(try proposal(site).routes.map(\.exchange) == ["main", "rest"])
    }

    @Test("Given traffic, when proposed, then limits follow from it and say so")
    func limits() throws {
        var site = SurveyMaker()
        site.exchange("orders", "topic", rate: 1000)
        site.queue(
            "work",
            more: [
                "messages": 10_800_000, "message_bytes": 10_800_000 * 2048,
                "message_stats": ["ack": 1, "ack_details": ["rate": 1000.0]],
            ]
        )
        site.bind("orders", "work")

        let route = try #require(try proposal(site).routes.first)

        // 4 h of 1000 messages/s of 2 KiB are 29.5 GB.
        #expect(route.captureBytes.value == 50_000_000_000)
        #expect(route.captureBytes.reason.contains("1000 messages/s of 2048 bytes"))
        // A backlog of 3 h.
        #expect(route.timeToLive.value == .seconds(6 * 3600))
    }

    @Test("Given queues that nobody consumes, when proposed, then messages are kept for a day, and the queue is named")
    func unconsumed() throws {
        var site = SurveyMaker()
        site.exchange("orders", "topic")
        site.queue("forgotten", more: ["messages": 7])
        site.bind("orders", "forgotten")

        let route = try #require(try proposal(site).routes.first)

        #expect(route.timeToLive.value == .seconds(86_400))
        #expect(route.timeToLive.reason.contains("forgotten holds 7 messages"))
        #expect(route.captureBytes.reason.contains("no publishes were seen"))
    }

    @Test("Given small disks, when proposed, then limits leave most of them free")
    func disks() throws {
        var site = SurveyMaker()
        site.diskFree = 20_000_000_000
        site.exchange("orders", "topic")
        site.queue("q")
        site.bind("orders", "q")

        let route = try #require(try proposal(site).routes.first)

        #expect(route.captureBytes.value == 5_000_000_000)
    }

    @Test("Given a cluster before RabbitMQ 4.0, when proposed, then the type of captures is chosen and explained")
    func cluster() throws {
        var site = SurveyMaker()
        site.nodes = 3
        site.exchange("orders", "topic")
        site.queue("q")
        site.bind("orders", "q")

        let route = try #require(try proposal(site).routes.first)

        #expect(route.captureType?.value == .quorum)
        #expect(route.captureType?.reason.contains("without confirms") == true)
    }

    @Test("Given queues that only the default exchange feeds, when proposed, then that is told")
    func defaultExchange() throws {
        var site = SurveyMaker()
        site.queue("direct")
        let finding = try proposal(site).findings.first { $0.code == "queue-without-exchange" }
        #expect(finding?.message.contains("direct") == true)
    }

    @Test("Given what stands in the way, when judged, then each has what to do about it")
    func obstacles() throws {
        var active = SurveyMaker()
        active.tags = ["management"]
        var first = try active.survey()
        first.clockAhead = .seconds(-600)
        var second = try SurveyMaker(name: "dc2", version: "3.8.2").survey()
        second.hasVirtualHost = false

        let proposal = PairProposal(pair: "shop", active: first, standby: second)

        #expect(!proposal.isPossible)
        let findings = Dictionary(grouping: proposal.findings) { $0.code }
        #expect(
            findings["user-tags"]?.first?.hint?.contains("set_user_tags 'ropeway' management monitoring policymaker")
                == true
        )
        #expect(findings["clock"]?.first?.message.contains("10 min behind") == true)
        #expect(findings["version"]?.contains { $0.verdict == .fail && $0.subject == "dc2" } == true)
        #expect(findings["vhost-missing"]?.first?.hint?.contains("add_vhost") == true)
    }

    @Test("Given both addresses of one cluster, when judged, then that is refused")
    func sameCluster() throws {
        let site = try SurveyMaker().survey()
        #expect(PairProposal(pair: "shop", active: site, standby: site).findings.first?.code == "same-cluster")
    }
}
