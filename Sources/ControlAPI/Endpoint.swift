/// What a request asks for, by its path.
enum Endpoint: Equatable {
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
    case alive
    case ready
    case active
    case standby

    /// The methods that it answers, as an `Allow` header has them.
    var allowed: String {
        switch self {
        case .promotions, .pause, .resume, .acknowledge: "POST"
        case .promotion: "GET, HEAD, DELETE"
        case .schedule: "GET, HEAD, POST"
        case .scheduled: "DELETE"
        case .status, .routes, .history, .plan, .alive, .ready, .active, .standby: "GET, HEAD"
        }
    }

    /// Whether it is one of those that load balancers and supervisors ask, by whatever name.
    var isHealth: Bool {
        switch self {
        case .alive, .ready, .active, .standby: true
        default: false
        }
    }

    /// Whether a request with one of the allowed methods changes something, so that it takes a token.
    static func changes(_ method: String) -> Bool { method == "POST" || method == "DELETE" }

    /// The endpoint of a path, or `nil`.
    init?(path: String) {
        guard path.hasPrefix("/") else { return nil }
        let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        switch parts.count {
        case 1:
            switch parts[0] {
            case "healthz": self = .alive
            case "readyz": self = .ready
            case "active": self = .active
            case "standby": self = .standby
            default: return nil
            }
        case 2 where parts[0] == "v1":
            switch parts[1] {
            case "status": self = .status
            case "routes": self = .routes
            case "history": self = .history
            case "promotions": self = .promotions
            case "plan": self = .plan
            case "schedule": self = .schedule
            default: return nil
            }
        case 3 where parts[0] == "v1" && parts[1] == "promotions" && Self.isName(parts[2]):
            self = .promotion(id: parts[2])
        case 3 where parts[0] == "v1" && parts[1] == "schedule" && Self.isName(parts[2]):
            self = .scheduled(id: parts[2])
        case 4 where parts[0] == "v1" && parts[1] == "routes" && Self.isName(parts[2]):
            switch parts[3] {
            case "pause": self = .pause(name: parts[2])
            case "resume": self = .resume(name: parts[2])
            case "acknowledge": self = .acknowledge(name: parts[2])
            default: return nil
            }
        default: return nil
        }
    }

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
