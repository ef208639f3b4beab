import AMQP
import ErrorCodes
import Pump
import Testing

@testable import Relay

@Suite("The codes of routes")
struct ErrorCodeTests {
    @Test("given an error of the pump, when a status shows it, then its word is the pump's own")
    func pump() {
        let cause = AMQPError(.connectionLost, reason: "gone")
        let undeliverable = QuarantineReason.unroutable(replyText: "NO_ROUTE")
        let errors: [PumpError] = [
            .source(cause), .destination(cause), .stalled(after: .seconds(1)), .starved(waiting: 1, after: .seconds(1)),
            .refusedTooLong(after: .seconds(1)), .blockedTooLong(reason: "r"), .topology("t"),
            .destinationMissing("q", replyText: "r"),
            .preparation(.source, code: "policy-conflict", message: "m", hint: "h"), .protocolFault("f"),
            .undeliverable(undeliverable), .quarantineFailed(undeliverable, "r"),
        ]
        for error in errors { #expect(ErrorCode(error).rawValue == error.code) }
    }
}
