import Foundation

/// What an application of some size defines: exchanges of four types, queues of three, bindings of all kinds, policies, and
/// names that are hard to write down.
struct SampleTopology {
    var exchanges: [[String: Any]] = []
    var queues: [[String: Any]] = []
    var bindings: [[String: Any]] = []
    var policies: [[String: Any]] = []

    /// - Parameter objects: how many there are altogether.
    init(objects: Int) {
        let (exchangeCount, queueCount, policyCount) = (objects * 15 / 100, objects * 35 / 100, objects * 3 / 100)
        exchanges = (0..<exchangeCount).map(Self.exchange)
        queues = (0..<queueCount).map(Self.queue)
        policies = (0..<policyCount).map(Self.policy)
        bindings = (0..<(objects - exchangeCount - queueCount - policyCount)).map(binding)
    }

    private static let teams = ["orders", "billing", "shipping", "stock", "crm", "mail", "search", "audit"]

    private static func exchange(_ number: Int) -> [String: Any] {
        [
            "name": "\(teams[number % 8]).events.\(number)",
            "type": ["topic", "direct", "fanout", "headers"][number % 4],
            "durable": true, "auto_delete": false, "internal": number % 17 == 5,
            "arguments": number % 11 == 3 ? ["alternate-exchange": "orders.events.0"] : [:],
        ]
    }

    private static func queue(_ number: Int) -> [String: Any] {
        var arguments: [String: Any] = [:]
        let isStream = number % 50 == 7
        if isStream { arguments["x-queue-type"] = "stream" }
        if number % 10 == 5 { arguments["x-queue-type"] = "quorum" }
        if number % 9 == 1, !isStream { arguments["x-message-ttl"] = 3_600_000 }
        if number % 7 == 2, !isStream { arguments["x-dead-letter-exchange"] = "orders.events.0" }
        if number % 13 == 3, arguments["x-queue-type"] == nil { arguments["x-max-priority"] = 5 }
        var name = "\(teams[number % 8]).queue.\(number)"
        if number % 40 == 1 { name = "\(teams[number % 8])/Ünïcode %2F \"q\" \(number)" }
        if number % 60 == 2 { name = String(repeating: "é", count: 125) + "\(10_000 + number)" }
        return ["name": name, "durable": true, "auto_delete": false, "arguments": arguments]
    }

    private static func policy(_ number: Int) -> [String: Any] {
        [
            "name": "limit \(number)/ü", "pattern": "^\(teams[number % 8])\\.queue\\.\(number)$", "apply-to": "queues",
            "priority": number % 5, "definition": ["max-length": 1_000 + number],
        ]
    }

    private func binding(_ number: Int) -> [String: Any] {
        let source = exchanges[number * 7 % exchanges.count]
        let key = "eu.*.\(number)/%é"
        if number % 12 == 5 {
            let destination = exchanges[(number * 7 + 1) % exchanges.count]
            return [
                "source": source["name"] ?? "", "destination": destination["name"] ?? "",
                "destination_type": "exchange", "routing_key": key, "arguments": [String: Any](),
            ]
        }
        let isHeaders = source["type"] as? String == "headers"
        return [
            "source": source["name"] ?? "", "destination": queues[number * 3 % queues.count]["name"] ?? "",
            "destination_type": "queue", "routing_key": key,
            "arguments": isHeaders ? ["x-match": "all", "tenant": "t\(number)", "n": number] as [String: Any] : [:],
        ]
    }

    /// All of it as RabbitMQ imports it.
    var json: String {
        get throws {
            let all: [String: Any] = [
                "exchanges": exchanges, "queues": queues, "bindings": bindings, "policies": policies,
            ]
            return String(decoding: try JSONSerialization.data(withJSONObject: all), as: UTF8.self)
        }
    }
}
