import HTTPClient

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Asks every node of a site how it is.
///
/// Most checks are local to the node that answers, so each endpoint is asked by itself; all are asked at the same time,
/// so that one that hangs takes no longer than `timeouts.request` and nothing of the others.
package struct HealthChecks: Sendable {
    private let api: ManagementAPI
    private let protocols: [String]

    /// Creates the checks of a site.
    ///
    /// - Parameter protocols: those that each node must listen for, in RabbitMQ's words: `amqp`, `amqps`, `stream`.
    package init(api: ManagementAPI, protocols: [String] = ["amqp"]) {
        self.api = api
        self.protocols = protocols
    }

    /// Makes all checks. Takes at most two request time-outs.
    package func run() async -> HealthReport {
        await withTaskGroup(of: (Int, EndpointReport).self) { group in
            for (index, endpoint) in api.endpoints.enumerated() {
                group.addTask { (index, await check(endpoint)) }
            }
            var reports: [(index: Int, report: EndpointReport)] = []
            for await report in group { reports.append(report) }
            return Self.merge(reports.sorted { $0.index < $1.index }.map(\.report))
        }
    }

    /// What one endpoint told.
    struct EndpointReport: Sendable {
        var overview: Overview?
        var nodes: [Node]?
        var rows: [HealthCheck] = []
        var failures: [EndpointFailure] = []
    }

    // MARK: One endpoint

    private func check(_ endpoint: ManagementEndpoint) async -> EndpointReport {
        var report = EndpointReport()
        let api = api.only(endpoint)
        let node: String
        do {
            let overview = try await api.overview()
            node = overview.node.isEmpty ? endpoint.description : overview.node
            report.overview = overview
        } catch {
            report.failures.append(EndpointFailure(endpoint: endpoint, error: error))
            return report
        }
        async let nodes = Self.nodes(api)
        let outcomes = await checks(api, node: node)
        switch await nodes {
        case .success(let list):
            report.nodes = list
        case .failure(let error):
            // Without the tag `monitoring` the list is refused, which says nothing about the nodes.
            report.rows.append(HealthCheck(node: node, name: "running", status: .unknown, reason: error.reason))
            if error.isWorthAnotherEndpoint {
                report.failures.append(EndpointFailure(endpoint: endpoint, error: error))
            }
        }
        for outcome in outcomes {
            report.rows.append(outcome.row)
            // One entry an endpoint is enough, and the row has the rest.
            if let error = outcome.failure, report.failures.isEmpty {
                report.failures.append(EndpointFailure(endpoint: endpoint, error: error))
            }
        }
        return report
    }

    private static func nodes(_ api: ManagementAPI) async -> Result<[Node], ManagementError> {
        do {
            return .success(try await api.nodes())
        } catch {
            return .failure(error)
        }
    }

    private func checks(
        _ api: ManagementAPI,
        node: String
    ) async -> [(row: HealthCheck, failure: ManagementError?)] {
        var names = [
            ["alarms"], ["local-alarms"], ["virtual-hosts"], ["node-is-quorum-critical"],
            ["certificate-expiration", "1", "months"],
        ]
        names += protocols.map { ["protocol-listener", $0] }
        // From 4.1 on.
        names += [["quorum-queues-without-elected-leaders", "all-vhosts"], ["ready-to-serve-clients"]]
        return await withTaskGroup(of: (Int, HealthCheck, ManagementError?).self) { group in
            for (index, parts) in names.enumerated() {
                group.addTask {
                    let (row, failure) = await Self.check(api, node: node, parts: parts)
                    return (index, row, failure)
                }
            }
            var outcomes: [(index: Int, row: HealthCheck, failure: ManagementError?)] = []
            for await outcome in group { outcomes.append(outcome) }
            return outcomes.sorted { $0.index < $1.index }.map { ($0.row, $0.failure) }
        }
    }

    private static func check(
        _ api: ManagementAPI,
        node: String,
        parts: [String]
    ) async -> (HealthCheck, ManagementError?) {
        var call = ManagementCall(.get, ["health", "checks"] + parts)
        call.acceptsFailedCheck = true
        let name = parts.joined(separator: "/")
        do {
            let response = try await api.send(call)
            let (status, reason) = outcome(of: response)
            return (HealthCheck(node: node, name: name, status: status, reason: reason), nil)
        } catch {
            switch error.kind {
            case .notFound:
                let reason = "this version has no such check"
                return (HealthCheck(node: node, name: name, status: .unsupported, reason: reason), nil)
            case .unauthorized, .forbidden, .rejected, .cancelled:
                return (HealthCheck(node: node, name: name, status: .unknown, reason: error.reason), nil)
            case .unreachable, .timedOut, .unexpectedReply:
                return (HealthCheck(node: node, name: name, status: .unknown, reason: error.reason), error)
            }
        }
    }

    /// What the answer to a check means: 200 or 503, with a body that says why.
    static func outcome(of response: HTTPResponse) -> (status: HealthCheck.Status, reason: String?) {
        let body = try? JSONDecoder().decode(JSONValue.self, from: Data(response.body))
        switch (response.status, body?["status"]?.string) {
        case (200, "ok"):
            return (.ok, nil)
        case (_, "failed"):
            return (.failed, body?["reason"]?.string ?? "no reason given")
        default:
            return (.unknown, "status \(response.status) with a body that is no health check's")
        }
    }

    // MARK: All endpoints

    /// Puts together what the endpoints told.
    static func merge(_ reports: [EndpointReport]) -> HealthReport {
        var rowsByKey: [[String]: HealthCheck] = [:]
        func add(_ row: HealthCheck) {
            // Two endpoints may lead to the same node, and see the others differently: the worse view counts.
            let key = [row.node, row.name]
            if let known = rowsByKey[key], known.status.weight >= row.status.weight { return }
            rowsByKey[key] = row
        }

        for row in reports.flatMap({ nodeRows($0.nodes ?? [], answering: $0.overview?.node) }) { add(row) }
        for row in reports.flatMap(\.rows) { add(row) }

        for row in splitRows(reports) { add(row) }

        // A node without an endpoint of its own can't be asked for its local checks. The list of nodes still tells of it.
        let asked = Set(reports.compactMap { $0.overview?.node })
        for node in Set(reports.flatMap { $0.nodes ?? [] }.filter(\.isRunning).map(\.name)).subtracting(asked) {
            let reason = "no configured management endpoint leads to this node"
            add(HealthCheck(node: node, name: "local-alarms", status: .unknown, reason: reason))
        }

        let rows = rowsByKey.values.sorted { ($0.node, $0.name) < ($1.node, $1.name) }
        let overviews = reports.compactMap(\.overview)
        let lowest = overviews.compactMap { overview in BrokerVersion(overview.version).map { ($0, overview.version) } }
            .min { $0.0 < $1.0 }
        return HealthReport(
            version: lowest?.1 ?? overviews.first?.version,
            clusterName: overviews.first?.clusterName,
            rows: rows,
            failures: reports.flatMap(\.failures)
        )
    }

    /// Nodes that answer and see each other as not running: RabbitMQ tells of a partition only once they meet again.
    private static func splitRows(_ reports: [EndpointReport]) -> [HealthCheck] {
        func sees(_ report: EndpointReport, stopped node: String) -> Bool {
            report.nodes?.contains { $0.name == node && !$0.isRunning } ?? false
        }
        return reports.flatMap { report -> [HealthCheck] in
            guard let node = report.overview?.node else { return [] }
            let others = reports.filter { other in
                guard let name = other.overview?.node else { return false }
                return sees(report, stopped: name) && sees(other, stopped: node)
            }
            let names = Set(others.compactMap { $0.overview?.node }).sorted()
            guard !names.isEmpty else { return [] }
            let reason =
                "partitioned from \(names.joined(separator: ", ")): each answers, and sees the other as not running"
            return [HealthCheck(node: node, name: "partitions", status: .failed, reason: reason)]
        }
    }

    /// What the list of nodes tells.
    private static func nodeRows(_ nodes: [Node], answering: String?) -> [HealthCheck] {
        nodes.flatMap { node in
            guard node.isRunning else {
                let reason = "\(answering ?? "another node") sees it as not running"
                return [HealthCheck(node: node.name, name: "running", status: .failed, reason: reason)]
            }
            func row(_ name: String, isBad: Bool?, _ reason: String) -> HealthCheck {
                switch isBad {
                case true?: HealthCheck(node: node.name, name: name, status: .failed, reason: reason)
                case false?: HealthCheck(node: node.name, name: name, status: .ok)
                case nil: HealthCheck(node: node.name, name: name, status: .unknown, reason: "not reported yet")
                }
            }
            return [
                HealthCheck(node: node.name, name: "running", status: .ok),
                row("memory-alarm", isBad: node.hasMemoryAlarm, "the memory limit is reached; publishers are blocked"),
                row("disk-alarm", isBad: node.hasDiskAlarm, "free disk space is too low; publishers are blocked"),
                row(
                    "partitions",
                    isBad: !node.partitions.isEmpty,
                    "partitioned from \(node.partitions.joined(separator: ", "))"
                ),
            ]
        }
    }
}

extension HealthCheck.Status {
    /// Which of two outcomes of the same check tells more: a failure, then a success, then that it was not made.
    fileprivate var weight: Int {
        switch self {
        case .failed: 3
        case .ok: 2
        case .unknown: 1
        case .unsupported: 0
        }
    }
}
