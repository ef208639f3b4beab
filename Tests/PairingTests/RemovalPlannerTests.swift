import ControlModel
import ErrorCodes
import Failover
import Leadership
import Management
import Testing
import Topology

@testable import Pairing

@Suite("What goes where a pair is taken apart")
struct RemovalPlannerTests {
    private func site(
        _ name: String,
        record: PairRecord? = nil,
        marks: Set<String> = [],
        declared: [String: String] = [:],
        defines queues: [String] = []
    ) -> SiteRemains {
        var own = OwnObjects(site: name)
        if record != nil { own.parameters = ["ropeway.shop.1"] }
        var remains = SiteRemains(own: own, record: record, marks: SiteMarks(marks))
        if !declared.isEmpty {
            remains.own.parameters.insert("ropeway.shop.topology", at: 0)
            remains.declared = DeclaredTopology([
                "version": 1, "vhost": "/", "objects": ["queue 'q'", "queue 'mine'"],
                "site": .string(declared["site"] ?? name), "active": declared["active"].map { .string($0) } ?? .null,
            ])
        }
        remains.definitions = Definitions(
            origin: Definitions.Origin(name: "site '\(name)'"),
            queues: queues.map { QueueDefinition(name: $0) }
        )
        return remains
    }

    private func planner(_ remains: SiteRemains...) -> RemovalPlanner {
        RemovalPlanner(pair: "shop", configuredActive: "dc1", remains: remains, silent: [])
    }

    private func record(_ active: String, epoch: Int = 1) -> PairRecord {
        PairRecord(pair: "shop", active: active, epoch: epoch)
    }

    @Test("Given what differs, when planned, then it stays with the reason, and is remembered with the active site")
    func remembered() throws {
        // given
        let plan = try planner(
            site("dc1", record: record("dc1"), defines: ["q"]),
            site("dc2", record: record("dc1"), declared: ["site": "dc2"], defines: ["q", "mine"])
        ).plan(keepsTopology: false)

        // then
        let declared = try #require(plan.declared["dc2"])
        #expect(declared.plan.steps.map { "\($0.object.identity)" } == ["queue 'q'"])
        #expect(declared.kept.map(\.object) == ["queue 'mine'"])
        #expect(declared.memory()?.objects == ["queue 'mine'"])
        #expect(declared.memory()?.active == "dc1")
        #expect(plan.own[1].parameters == ["ropeway.shop.1"])
        // and: what the broker did not delete is remembered as well
        let refused = TopologyOutcome(
            results: declared.plan.steps.map { TopologyOutcome.Result($0, .refused(reason: "used", hint: "")) }
        )
        #expect(declared.memory(after: refused)?.objects == ["queue 'mine'", "queue 'q'"])
    }

    @Test(
        "Given that nothing but what stays is left, when planned again, then nothing goes, by the active site of then"
    )
    func again() throws {
        let plan = try planner(
            site("dc1", declared: ["active": "dc2"], defines: ["mine"]),
            site("dc2", defines: [])
        ).plan(keepsTopology: false)
        #expect(plan.active == "dc2")
        #expect(plan.isEmpty)
        #expect(plan.declared["dc1"]?.kept.map(\.object) == ["queue 'mine'"])
    }

    @Test("Given the site that applications use, when planned, then what was declared there stays, and that is said")
    func active() throws {
        let plan = try planner(
            site("dc1", record: record("dc2"), defines: ["q"]),
            site("dc2", record: record("dc2"), declared: ["site": "dc2"], defines: ["q"])
        ).plan(keepsTopology: false)
        let declared = try #require(plan.declared["dc2"])
        #expect(declared.plan.isEmpty)
        #expect(declared.kept == [DeclaredRemoval.Kept("queue 'q'", "applications use this site")])
        #expect(declared.memory() == nil)
    }

    @Test("Given records that name two active sites, when planned, then nothing of applications goes")
    func twoActive() throws {
        let plan = try planner(
            site("dc1", record: record("dc1"), defines: ["q"]),
            site("dc2", record: record("dc2"), declared: ["site": "dc2"], defines: ["q"])
        ).plan(keepsTopology: false)
        #expect(plan.active == nil && plan.declared["dc2"]?.plan.isEmpty == true)
    }

    @Test("Given what was written down for the other site, when planned, then nothing of applications goes")
    func copied() throws {
        let plan = try planner(
            site("dc1", record: record("dc1"), marks: ["dc1"], defines: ["q"]),
            site("dc2", record: record("dc1"), marks: ["dc1"], declared: ["site": "dc1"], defines: ["q"])
        ).plan(keepsTopology: false)
        #expect(plan.declared["dc2"]?.plan.isEmpty == true)
    }

    @Test("Given sites that are not those of the configuration, when planned, then that is refused, routes as well")
    func mistaken() throws {
        let swapped = planner(site("dc1", marks: ["dc2"]), site("dc2", marks: ["dc1"]))
        for plan in [{ try swapped.plan(keepsTopology: false) }, { try swapped.routePlan() }] {
            let error = #expect(throws: OperationError.self) { _ = try plan() }
            #expect(error?.kind == .held && error?.message.contains("nothing was changed") == true)
        }
        let renamed = planner(site("dc1", record: record("east")), site("dc2", record: record("east")))
        #expect(throws: OperationError.self) { _ = try renamed.plan(keepsTopology: false) }
    }

    @Test("Given a lock that can't be one, when planned, then that is refused before anything is declared")
    func brokenLock() {
        var broken = site("dc2")
        broken.lockFault = "queue 'ropeway.shop.lock' is no quorum queue"
        let planner = planner(site("dc1"), broken)
        let error = #expect(throws: OperationError.self) { _ = try planner.plan(keepsTopology: false) }
        #expect(error?.kind == .preconditionFailed && error?.code == .lockUnusable)
    }

    @Test("Given a configuration of another pair, or a site without anything, when planned, then that is told")
    func strangers() throws {
        var other = site("dc1")
        other.otherPairs = ["orders"]
        #expect(try planner(other, site("dc2")).plan(keepsTopology: false).findings.map(\.code) == ["other-pair"])
        let rebuilt = planner(site("dc1", record: record("dc1")), site("dc2"))
        #expect(try rebuilt.plan(keepsTopology: false).findings.map(\.code) == ["nothing-there"])
    }
}
