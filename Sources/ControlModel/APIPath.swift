/// What a request asks for: the paths that a daemon answers and a command asks.
package enum APIPath: Sendable, Equatable {
    case status
    case routes
    case history
    case promotions
    case promotion(id: String)
    case plan
    case schedule
    case scheduled(id: String)
    case pause(name: String)
    case resume(name: String)
    case acknowledge(name: String)
    case metrics
    case alive
    case ready
    case active
    case standby

    /// The header that names the pair in every answer.
    package static let pairHeader = "X-Ropeway-Pair"

    /// The path, without a query.
    package var path: String {
        switch self {
        case .status: "/v1/status"
        case .routes: "/v1/routes"
        case .history: "/v1/history"
        case .promotions: "/v1/promotions"
        case .promotion(let id): "/v1/promotions/\(id)"
        case .plan: "/v1/plan"
        case .schedule: "/v1/schedule"
        case .scheduled(let id): "/v1/schedule/\(id)"
        case .pause(let name): "/v1/routes/\(name)/pause"
        case .resume(let name): "/v1/routes/\(name)/resume"
        case .acknowledge(let name): "/v1/routes/\(name)/acknowledge"
        case .metrics: "/metrics"
        case .alive: "/healthz"
        case .ready: "/readyz"
        case .active: "/active"
        case .standby: "/standby"
        }
    }

    /// The path that a request has, or `nil` where nothing is there.
    package init?(path: String) {
        guard path.hasPrefix("/") else { return nil }
        let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let fixed: [Self] = [
            .status, .routes, .history, .promotions, .plan, .schedule, .metrics, .alive, .ready, .active, .standby,
        ]
        if let found = fixed.first(where: { $0.path == path }) {
            self = found
            return
        }
        guard parts.count > 2, parts[0] == "v1", Self.isName(parts[2]) else { return nil }
        switch (parts[1], parts.count, parts.last) {
        case ("promotions", 3, _): self = .promotion(id: parts[2])
        case ("schedule", 3, _): self = .scheduled(id: parts[2])
        case ("routes", 4, "pause"): self = .pause(name: parts[2])
        case ("routes", 4, "resume"): self = .resume(name: parts[2])
        case ("routes", 4, "acknowledge"): self = .acknowledge(name: parts[2])
        default: return nil
        }
    }

    /// The methods that it answers, as an `Allow` header has them.
    package var allowed: String {
        switch self {
        case .promotions, .pause, .resume, .acknowledge: "POST"
        case .promotion: "GET, HEAD, DELETE"
        case .schedule: "GET, HEAD, POST"
        case .scheduled: "DELETE"
        case .status, .routes, .history, .plan, .metrics, .alive, .ready, .active, .standby: "GET, HEAD"
        }
    }

    /// The parameters of a query that it takes.
    package var parameters: [Parameter] {
        switch self {
        case .plan: [.site, .forced, .expectedEpoch]
        case .active, .standby: [.site]
        default: []
        }
    }

    /// A parameter of a query.
    package enum Parameter: String, Sendable, CaseIterable {
        case site, forced
        case expectedEpoch = "expected_epoch"
    }

    /// The path with parameters, whose values need no escapes.
    package func target(_ query: [(parameter: Parameter, value: String)]) -> String {
        let pairs = query.map { "\($0.parameter.rawValue)=\($0.value)" }
        return pairs.isEmpty ? self.path : self.path + "?" + pairs.joined(separator: "&")
    }

    /// Whether it is one of those that load balancers and supervisors ask, by whatever name.
    package var isHealth: Bool {
        switch self {
        case .alive, .ready, .active, .standby: true
        default: false
        }
    }

    /// Whether a request with one of the allowed methods changes something, so that it takes a token.
    package static func changes(_ method: String) -> Bool { method == "POST" || method == "DELETE" }

    /// Whether a part of a path can be the name of a route or the id of an operation; neither needs escapes.
    private static func isName(_ part: String) -> Bool {
        (1...128).contains(part.utf8.count)
            && part.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }
}
