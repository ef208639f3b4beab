import HTTPClient
import Testing

@testable import Management

struct HealthVerdictTests {
    private static let endpoint = ManagementEndpoint(origin: HTTPOrigin(scheme: .http, host: "a", port: 15_672))

    private static func row(_ status: HealthCheck.Status) -> HealthCheck {
        HealthCheck(node: "rabbit@a", name: "alarms", status: status)
    }

    private static func failure(_ kind: ManagementError.Kind) -> EndpointFailure {
        let error = ManagementError(kind: kind, method: .get, path: "/api/overview", endpoint: endpoint)
        return EndpointFailure(endpoint: endpoint, error: error)
    }

    @Test("Given rows and failures, when judged, then each combination has its verdict")
    func judges() {
        let refused = Self.failure(.unauthorized(reason: "Login failed"))
        let hung = Self.failure(.timedOut)
        let cases: [([HealthCheck.Status], [EndpointFailure], HealthVerdict)] = [
            ([], [], .unreachable),
            ([], [hung], .unreachable),
            ([], [refused], .unauthorized),
            ([], [hung, refused], .unauthorized),
            ([.unknown], [hung], .unreachable),
            ([.unsupported], [], .unreachable),
            ([.ok], [], .healthy),
            ([.ok, .unsupported, .unknown], [], .healthy),
            ([.ok, .failed], [], .degraded),
            ([.failed], [], .degraded),
            ([.ok], [hung], .degraded),
            ([.ok], [refused], .degraded),
        ]
        for (statuses, failures, expected) in cases {
            #expect(
                HealthVerdict.of(rows: statuses.map(Self.row), failures: failures) == expected,
                "\(statuses) \(failures.map(\.error.reason))"
            )
        }
    }

    @Test("Given answers of a health check, when read, then only its own words count")
    func readsOutcomes() {
        func outcome(_ status: Int, _ body: String) -> HealthCheck.Status {
            HealthChecks.outcome(of: HTTPResponse(status: status, body: Array(body.utf8))).status
        }
        #expect(outcome(200, #"{"status":"ok"}"#) == .ok)
        #expect(outcome(503, #"{"status":"failed","reason":"alarm"}"#) == .failed)
        #expect(outcome(503, "<html>") == .unknown)
        #expect(outcome(200, "{}") == .unknown)
    }

    @Test("Given two views of one node, when merged, then the worse one counts and a node without endpoint is named")
    func mergesViews() throws {
        let overview = try decode(Overview.self, #"{"rabbitmq_version":"3.10.8","node":"a","cluster_name":"c"}"#)
        let nodes = try decode(
            [Node].self,
            #"""
            [{"name":"a","running":true,"mem_alarm":false,"disk_free_alarm":true},
             {"name":"b","running":true,"mem_alarm":false,"disk_free_alarm":false},{"name":"d","running":false}]
            """#
        )
        var first = HealthChecks.EndpointReport()
        first.overview = overview
        first.nodes = nodes
        first.rows = [HealthCheck(node: "a", name: "local-alarms", status: .ok)]
        var second = first
        second.rows = [HealthCheck(node: "a", name: "local-alarms", status: .failed, reason: "disk")]

        let report = HealthChecks.merge([first, second])
        func status(_ node: String, _ name: String) -> HealthCheck.Status? {
            report.rows.first { $0.node == node && $0.name == name }?.status
        }
        #expect(report.verdict == .degraded)
        #expect(report.version == "3.10.8")
        #expect(status("a", "local-alarms") == .failed)
        #expect(status("a", "disk-alarm") == .failed)
        #expect(status("a", "memory-alarm") == .ok)
        #expect(status("b", "local-alarms") == .unknown)
        #expect(status("d", "running") == .failed)
        #expect(status("d", "memory-alarm") == nil)
    }

    @Test(
        "Given nodes that answer and don't see each other, when merged, then they are partitioned; one that stops is not"
    )
    func findsSplits() throws {
        func report(_ node: String, running: Set<String>) throws -> HealthChecks.EndpointReport {
            var report = HealthChecks.EndpointReport()
            report.overview = try decode(
                Overview.self,
                #"{"rabbitmq_version":"3.10.8","node":"\#(node)","cluster_name":"c"}"#
            )
            let nodes = ["a", "b", "c"].map { #"{"name":"\#($0)","running":\#(running.contains($0))}"# }
            report.nodes = try decode([Node].self, "[\(nodes.joined(separator: ","))]")
            return report
        }
        func partitioned(_ reports: [HealthChecks.EndpointReport]) -> [String] {
            HealthChecks.merge(reports).rows.filter { $0.name == "partitions" && $0.status == .failed }.map(\.node)
        }
        #expect(
            partitioned([
                try report("a", running: ["a"]), try report("b", running: ["b", "c"]),
                try report("c", running: ["b", "c"]),
            ]) == ["a", "b", "c"]
        )
        // It has answered, and has gone when the other was asked.
        let stopping = [try report("a", running: ["a", "c"]), try report("b", running: ["a", "b", "c"])]
        #expect(partitioned(stopping).isEmpty)
    }
}
