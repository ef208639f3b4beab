import ErrorCodes
import Foundation
import Pump

/// What is wrong with a route or a shovel, for an operator.
package struct RouteError: Sendable, Hashable {
    package var code: ErrorCode
    package var message: String
    package var hint: String
    package var since: Date?

    package init(code: ErrorCode, message: String, hint: String, since: Date? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
        self.since = since
    }

    init(_ error: TopologyError, since: Date) {
        self.init(code: error.code.errorCode, message: error.message, hint: error.hint, since: since)
    }

    /// Whether it may pass without anybody doing anything, as where a site does not answer.
    package var isTransient: Bool { code == .unreachable }

    /// What is missing from the copy of a stream.
    init(_ incident: ChunkCopyIncident, since: Date) {
        switch incident {
        case .overtaken(let from, let to):
            self.init(
                code: .streamOvertaken,
                message: "the source's retention removed messages before they were copied: at most \(to - from), from "
                    + "offset \(from) to before \(to)",
                hint: "give the source stream a longer retention; what came after is copied",
                since: since
            )
        case .sourceRecreated(let copied):
            self.init(
                code: .sourceRecreated,
                message: "the source stream was deleted and declared again; of the old one, what came from offset "
                    + "\(copied) on was not copied",
                hint: "the new stream is copied from its start",
                since: since
            )
        case .sourceShortened(let from, let to):
            self.init(
                code: .sourceShortened,
                message:
                    "the source stream lost its newest messages, of which the copy has those from offset \(from) to "
                    + "before \(to); what came behind them and was not copied yet is gone",
                hint: "look at the power and the disks of the source's nodes; what comes now is copied behind",
                since: since
            )
        case .forgotten(let from):
            self.init(
                code: .destinationForgot,
                message: "the destination stream does not know any more how far it was copied, as where more than 255 "
                    + "publishers with names wrote to it; copied again from offset \(from) on, a few seconds before the end",
                hint: "let nobody else publish to the copy under names of their own",
                since: since
            )
        }
    }

    static func withoutMajority(_ capture: String) -> RouteError {
        RouteError(
            code: .captureWithoutMajority,
            message: "capture '\(capture)' has lost the majority of its members: publishers' confirms are held up",
            hint: "start the missing nodes of the active site; unbind the capture to free its publishers"
        )
    }

    /// What holds up a pump that publishes to a place; `nil` if nothing does.
    package init?(_ status: PumpStatus, publishingTo place: String) {
        let since = status.troubledSince.map { Date(timeIntervalSince1970: Double($0) / 1000) }
        if case .blocked(let obstacle) = status.phase {
            self.init(obstacle, place, since: since)
        } else if let error = status.error {
            self.init(code: ErrorCode(error), message: "\(error)", hint: error.hint, since: since)
        } else {
            return nil
        }
    }

    private init(_ obstacle: PumpObstacle, _ place: String, since: Date?) {
        switch obstacle {
        case .blocked(let reason):
            self.init(
                code: .destinationBlocked,
                message: "the destination blocks publishers: \(reason)",
                hint: "free memory or disk there; nothing is lost, the source keeps the messages",
                since: since
            )
        case .unread:
            self.init(
                code: .destinationSilent,
                message: "the destination takes nothing: its connection reads no more (\(place))",
                hint: "look whether the broker, its machine or the link is frozen; the session is restarted if so",
                since: since
            )
        case .refused:
            self.init(
                code: .destinationRefuses,
                message: "the destination refuses messages (basic.nack): \(place)",
                hint:
                    "look for a full queue with overflow reject-publish behind it; nothing is lost, and it goes on by itself "
                    + "once the queue takes messages",
                since: since
            )
        }
    }
}
