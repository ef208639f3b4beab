import Foundation
import Pump

/// What is wrong with a route, for an operator.
public struct RouteError: Sendable, Hashable {
    public var code: String
    public var message: String
    public var hint: String
    public var since: Date?

    public init(code: String, message: String, hint: String, since: Date? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
        self.since = since
    }

    init(_ error: TopologyError, since: Date) {
        self.init(code: error.code.rawValue, message: error.message, hint: error.hint, since: since)
    }

    static func withoutMajority(_ capture: String) -> RouteError {
        RouteError(
            code: "capture-without-majority",
            message: "capture '\(capture)' has lost the majority of its members: publishers' confirms are held up",
            hint: "start the missing nodes of the active site; unbind the capture to free its publishers"
        )
    }

    init(_ obstacle: PumpObstacle) {
        switch obstacle {
        case .blocked(let reason):
            self.init(
                code: "destination-blocked",
                message: "the destination blocks publishers: \(reason)",
                hint: "free memory or disk there; nothing is lost, the capture keeps the messages"
            )
        case .refused:
            self.init(
                code: "destination-refuses",
                message: "the destination refuses messages (basic.nack)",
                hint:
                    "look for a full queue with overflow reject-publish; the relay goes on by itself once it takes messages"
            )
        }
    }
}
