import Testing

@testable import AMQP

@Suite("What a refusal is about")
struct BrokerRefusalTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var code: UInt16
        var text: String
        var attempted = ""
        var refusal: BrokerRefusal
        /// Words that the hint must have, and one that would mislead.
        var says: [String]
        var testDescription: String { "\(code) \(text)" }
    }

    private static let locked =
        "RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'q' in vhost 'v'. It could be originally "
        + "declared on another connection or the exclusive property value does not match that of the original declaration."

    /// The words of RabbitMQ 3.10.8 and 4.0.5.
    static let rows: [Row] = [
        Row(code: 405, text: locked, refusal: .exclusiveQueue, says: ["connection", "exclusive"]),
        Row(
            code: 403,
            text: "ACCESS_REFUSED - queue 'q' in vhost 'v' in exclusive use",
            refusal: .consumedExclusively,
            says: ["consume", "no permission is missing"]
        ),
        Row(
            code: 403,
            text: "ACCESS_REFUSED - access to queue 'b' in vhost 'v' refused for user 'lim'",
            attempted: "declare queue 'b'",
            refusal: .permission(.configure),
            says: ["permission configure"]
        ),
        Row(
            code: 403,
            text: "ACCESS_REFUSED - access to queue 'b' in vhost 'v' refused for user 'lim'",
            attempted: "consume from queue 'b'",
            refusal: .permission(.read),
            says: ["permission read"]
        ),
        Row(
            code: 403,
            text: "ACCESS_REFUSED - access to exchange 'x' in vhost 'v' refused for user 'lim'",
            attempted: "bind queue 'b' to exchange 'x'",
            refusal: .permission(.read),
            says: ["permission read"]
        ),
        Row(
            code: 403,
            text: "ACCESS_REFUSED - write access to exchange 'x' in vhost 'v' refused for user 'lim'",
            refusal: .permission(.write),
            says: ["permission write"]
        ),
        Row(
            code: 403,
            text: "ACCESS_REFUSED - read access to topic '#' in exchange 'a' in vhost 'v' refused for user 'lim'",
            refusal: .topicPermission,
            says: ["set_topic_permissions"]
        ),
        Row(
            code: 403,
            text: "ACCESS_REFUSED - cannot publish to internal exchange 'int' in vhost 'v'",
            refusal: .internalExchange,
            says: ["internal"]
        ),
        Row(
            code: 403,
            text: "ACCESS_REFUSED - queue name 'amq.foo' contains reserved prefix 'amq.*'",
            refusal: .reservedName,
            says: ["amq."]
        ),
        Row(
            code: 403,
            text: "ACCESS_REFUSED - operation not permitted on the default exchange",
            refusal: .defaultExchange,
            says: ["default"]
        ),
        Row(
            code: 403,
            text:
                "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. For details see the broker logfile.",
            refusal: .login,
            says: ["password"]
        ),
        Row(
            code: 406,
            text: "PRECONDITION_FAILED - cannot declare queue 'more': queue limit in vhost 'v' (1) is reached",
            refusal: .queueLimit,
            says: ["max-queues"]
        ),
        Row(
            code: 406,
            text:
                "PRECONDITION_FAILED - inequivalent arg 'x-queue-type' for queue 'cq' in vhost 'v': received the value "
                + "'quorum' of type 'longstr' but current is none",
            refusal: .inequivalent("x-queue-type"),
            says: ["properties"]
        ),
        Row(
            code: 406,
            text: "PRECONDITION_FAILED - inequivalent arg 'type' for exchange 'x' in vhost 'v': received 'direct' but "
                + "current is 'topic'",
            refusal: .inequivalent("type"),
            says: ["properties"]
        ),
        Row(
            code: 406,
            text: "PRECONDITION_FAILED - invalid arg 'x-max-length' for queue 'iv' in vhost 'v': {value_negative,-3}",
            refusal: .invalidArgument,
            says: ["property"]
        ),
        Row(
            code: 406,
            text: "PRECONDITION_FAILED - user_id property set to 'bob' but authenticated user was 'guest'",
            refusal: .foreignUser,
            says: ["impersonator"]
        ),
        Row(
            code: 406,
            text: "PRECONDITION_FAILED - message size 17825792 is larger than configured max size 16777216",
            refusal: .bodyTooLarge,
            says: ["max_message_size"]
        ),
        Row(
            code: 406,
            text: "PRECONDITION_FAILED - invalid expiration '-1': {value_negative,-1}",
            refusal: .invalidExpiration,
            says: ["milliseconds"]
        ),
        Row(code: 406, text: "PRECONDITION_FAILED - unknown delivery tag 77", refusal: .other, says: ["reason"]),
        Row(code: 404, text: "NOT_FOUND - no queue 'nope' in vhost 'v'", refusal: .queueMissing, says: ["queue"]),
        Row(
            code: 404,
            text: "NOT_FOUND - no exchange 'no queue' in vhost 'v'",
            refusal: .exchangeMissing,
            says: ["exchange"]
        ),
        Row(
            code: 404,
            text: "NOT_FOUND - home node 'a@b' of durable queue 'q' in vhost '/' is down or inaccessible",
            refusal: .queueDown,
            says: ["start the node"]
        ),
        Row(code: 530, text: "NOT_ALLOWED - vhost nonono not found", refusal: .virtualHostMissing, says: ["create"]),
        Row(
            code: 530,
            text: "NOT_ALLOWED - access to vhost '/' refused for user 'lim'",
            refusal: .virtualHostForbidden,
            says: ["permissions"]
        ),
        Row(
            code: 530,
            text: "NOT_ALLOWED - access to vhost 'v' refused for user 'guest': connection limit (0) is reached",
            refusal: .connectionLimitOfVirtualHost,
            says: ["max-connections", "virtual host is there"]
        ),
        Row(
            code: 530,
            text: "NOT_ALLOWED - connection refused for user 'lim': user connection limit (0) is reached",
            refusal: .connectionLimitOfUser,
            says: ["max-connections of the user"]
        ),
        Row(
            code: 530,
            text:
                "NOT_ALLOWED - number of channels opened for user 'lim' has reached the maximum allowed user limit of (0)",
            refusal: .channelLimit,
            says: ["max-channels"]
        ),
        Row(
            code: 320,
            text: "CONNECTION_FORCED - vhost 'v' is down",
            refusal: .virtualHostGone,
            says: ["create it again"]
        ),
        Row(
            code: 320,
            text: "CONNECTION_FORCED - vhost 'v' is deleted",
            refusal: .virtualHostGone,
            says: ["virtual host"]
        ),
        Row(code: 320, text: "CONNECTION_FORCED - user 'u' is deleted", refusal: .userDeleted, says: ["user"]),
        Row(
            code: 320,
            text: "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'",
            refusal: .closedOnPurpose,
            says: ["opened again"]
        ),
        Row(code: 540, text: "NOT_IMPLEMENTED - basic.get not supported", refusal: .other, says: ["log"]),
    ]

    @Test("is told from the reply code and the words together", arguments: rows)
    func table(_ row: Row) {
        let error = AMQPError(.channelClosedByBroker, replyCode: row.code, reason: row.text, attempted: row.attempted)
        #expect(error.refusal == row.refusal)
        for words in row.says { #expect(error.hint.contains(words), "\(error.hint)") }
    }

    @Test("is not told from what names say")
    func names() {
        let text = "ACCESS_REFUSED - write access to exchange 'in exclusive use' in vhost 'v' refused for user 'u'"
        #expect(BrokerRefusal(replyCode: 403, replyText: text) == .permission(.write))
    }
}
