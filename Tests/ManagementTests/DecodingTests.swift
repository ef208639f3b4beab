import Foundation
import HTTPClient
import Testing

@testable import Management

func decode<Value: Decodable>(_ type: Value.Type, _ json: String) throws -> Value {
    try JSONDecoder().decode(type, from: Data(json.utf8))
}

struct DecodingTests {
    @Test("Given a queue without statistics, when decoded, then what is missing is nil and never 0")
    func missingIsNil() throws {
        let bare = try decode(QueueDetails.self, #"{"name":"q","vhost":"/"}"#)
        #expect(bare.totals.messages == nil)
        #expect(bare.totals.state == nil)
        #expect(bare.consumers == nil)
        #expect(bare.statistics == nil)
        #expect(bare.totals.type == "classic")
        let placeholders = try decode(
            QueueDetails.self,
            #"""
            {"name":"q","vhost":"/","messages":"undefined","arguments":[],"effective_policy_definition":[],
             "message_stats":{"publish":3},"head_message_timestamp":null,"idle_since":""}
            """#
        )
        #expect(placeholders.totals.messages == nil)
        #expect(placeholders.totals.arguments.isEmpty)
        #expect(placeholders.statistics?.published == 3)
        #expect(placeholders.statistics?.acknowledged == nil)
    }

    @Test("Given a broker that says a megabyte of an error, when it is kept, then it is cut")
    func longReasons() throws {
        let long = String(repeating: "é", count: 1 << 19)
        let response = HTTPResponse(status: 400, body: Array(#"{"error":"\#(long)","reason":"\#(long)"}"#.utf8))
        guard
            case .rejected(400, let error, let reason) = ManagementError.Kind(
                of: response,
                to: ManagementCall(.get, ["queues"])
            )
        else {
            Issue.record("it is something else")
            return
        }
        #expect(error.count == 501 && reason.count == 501 && reason.hasSuffix("…"))
    }

    @Test("Given counts that no queue can have, when decoded, then they are not known, and sums can't overflow")
    func impossibleCounts() throws {
        for count in ["9223372036854775807", "-1", "1e300", "18446744073709551615"] {
            let queue = try decode(
                QueueDetails.self,
                #"{"name":"q","vhost":"/","messages":\#(count),"message_bytes":\#(count),"consumers":\#(count)}"#
            )
            #expect(queue.totals.messages == nil && queue.messageBytes == nil && queue.consumers == nil, "\(count)")
        }
        let large = try decode(QueueDetails.self, #"{"name":"q","vhost":"/","messages":5000000000}"#)
        #expect(large.totals.messages == 5_000_000_000)
    }

    @Test("Given tags in either notation, when decoded, then they are a list")
    func tags() throws {
        #expect(try decode(User.self, #"{"name":"u","tags":["a","b"]}"#).tags == ["a", "b"])
        #expect(try decode(User.self, #"{"name":"u","tags":"a, b"}"#).tags == ["a", "b"])
        #expect(try decode(User.self, #"{"name":"u","tags":""}"#).tags == [])
    }

    @Test("Given any JSON, when decoded and encoded, then it is the same")
    func jsonRoundTrip() throws {
        let value: JSONValue = [
            "n": nil, "b": true, "i": 9_007_199_254_740_993, "d": 1.5, "s": "x", "a": [1, "two", false], "o": [:],
        ]
        let text = try JSONEncoder().encode(value)
        #expect(try JSONDecoder().decode(JSONValue.self, from: text) == value)
        #expect(value["i"]?.integer == 9_007_199_254_740_993)
        #expect(value["a"]?.array?.count == 3)
        #expect(value["d"]?.number == 1.5)
    }

    @Test("Given versions, when read, then they compare as releases do")
    func versions() throws {
        #expect(BrokerVersion("3.10.8") == BrokerVersion(3, 10, 8))
        #expect(BrokerVersion("4.1.0-rc.1") == BrokerVersion(4, 1))
        #expect(BrokerVersion("4.0") == BrokerVersion(4, 0))
        #expect(BrokerVersion("x") == nil)
        #expect(BrokerVersion(3, 9, 20) < BrokerVersion(3, 10, 1))
    }

    @Test("Given a parameter with a password, when described or dumped, then its value is not shown")
    func hidesParameters() throws {
        let json = #"{"vhost":"/","component":"shovel","name":"s","value":{"src-uri":"amqp://u:hunter2@h"}}"#
        let parameter = try decode(Parameter.self, json)
        var text = "\(parameter) \([parameter])"
        dump(parameter, to: &text)
        #expect(!text.contains("hunter2"))
        #expect(parameter.value["src-uri"]?.string == "amqp://u:hunter2@h")
    }
}

struct ClassificationTests {
    private func kind(_ status: Int, _ body: String, _ parts: [String] = ["queues"]) -> ManagementError.Kind? {
        let response = HTTPResponse(
            status: status,
            headers: [HTTPHeader(name: "Content-Type", value: "text/x")],
            body: Array(body.utf8)
        )
        return ManagementError.Kind(of: response, to: ManagementCall(.get, parts))
    }

    @Test("Given statuses and bodies, when classified, then each has its own meaning")
    func classifies() {
        #expect(kind(200, "") == nil)
        #expect(kind(204, "") == nil)
        #expect(
            kind(401, #"{"error":"not_authorized","reason":"Login failed"}"#) == .unauthorized(reason: "Login failed")
        )
        #expect(
            kind(401, #"{"error":"not_authorised","reason":"Not monitor user"}"#)
                == .forbidden(reason: "Not monitor user")
        )
        // As RabbitMQ 4.0 says it
        #expect(
            kind(401, #"{"error":"not_authorized","reason":"Not_Authorized"}"#)
                == .unauthorized(reason: "Not_Authorized")
        )
        #expect(kind(401, "<html>") == .unauthorized(reason: "no reason given"))
        #expect(kind(404, #"{"error":"Object Not Found","reason":"Not Found"}"#) == .notFound)
        #expect(
            kind(400, #"{"error":"bad_request","reason":"no"}"#)
                == .rejected(status: 400, error: "bad_request", reason: "no")
        )
        let long = String(repeating: "x", count: 100_000)
        #expect(
            kind(400, #"{"error":"bad_request","reason":"\#(long)"}"#)
                == .rejected(status: 400, error: "bad_request", reason: long.prefix(500) + "…")
        )
        #expect(kind(502, "<html>") == .unexpectedReply("status 502 with text/x and no RabbitMQ error"))
        guard case .unexpectedReply = kind(404, "", ["overview"]) else {
            Issue.record("a server without an overview is no RabbitMQ")
            return
        }
    }

    @Test("Given names of objects, when put in a path, then they can't leave their place")
    func encodesPaths() {
        #expect(ManagementCall(.get, ["queues", "/", "a/b?c"]).target == "/api/queues/%2F/a%2Fb%3Fc")
        let call = ManagementCall(.get, ["queues"], query: [(name: "page", value: "1"), (name: "n", value: "a&b")])
        #expect(call.target == "/api/queues?page=1&n=a%26b")
    }
}

@Suite("Policies")
struct PolicyDecodingTests {
    @Test(
        "given a priority that is no integer, then it is never taken for a lower one",
        arguments: [
            ("7", 7), ("1000.5", 1001), ("1e30", Int.max), ("-1e30", Int.min), ("9223372036854775808", Int.max),
        ]
    )
    func priority(json: String, expected: Int) throws {
        let text = #"{"name":"a","vhost":"/","pattern":".*","apply-to":"all","priority":\#(json),"definition":{}}"#
        #expect(try JSONDecoder().decode(Policy.self, from: Data(text.utf8)).priority == expected)
    }
}
