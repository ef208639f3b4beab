import HTTPClient
import Management
import Synchronization
import Testing

@testable import Topology

@Suite("Applying a plan", .timeLimit(.minutes(1)))
struct TopologyApplierTests {
    private static let plan = TopologyPlan(TopologyComparison(source: Samples.shop, target: Samples.empty()))

    /// A site at which nothing listens.
    private func withSilentSite(_ body: (ManagementAPI) async throws -> Void) async throws {
        let client = CurlClient()
        let endpoint = try #require(ManagementEndpoint(url: "http://127.0.0.1:1"))
        try await body(ManagementAPI(endpoints: [endpoint], credentials: nil, client: client))
        await client.shutdown()
    }

    @Test("A site that is gone ends it, and what was not tried is told from what may have been done")
    func gone() async throws {
        try await withSilentSite { api in
            let outcome = await TopologyApplier(api, virtualHost: "/").apply(Self.plan)
            #expect(outcome.stop != nil)
            #expect(outcome.done.isEmpty)
            #expect(outcome.results.count == Self.plan.steps.count)
            #expect(outcome.results.map(\.step) == Self.plan.steps)
            #expect(outcome.results.last?.end == .notTried)
            guard case .unknown? = outcome.results.first?.end else {
                Issue.record("\(outcome)")
                return
            }
        }
    }

    @Test("Who is asked before each step ends it before anything is sent")
    func stopped() async throws {
        try await withSilentSite { api in
            let asked = Mutex(0)
            let stop = TopologyOutcome.Stop(reason: "it is the active site now", hint: "")
            let outcome = await TopologyApplier(api, virtualHost: "/").apply(Self.plan) {
                asked.withLock { $0 += 1 }
                return stop
            }
            #expect(outcome.stop == stop)
            #expect(outcome.results.allSatisfy { $0.end == .notTried })
            #expect(asked.withLock { $0 } == 1)
        }
    }
}
