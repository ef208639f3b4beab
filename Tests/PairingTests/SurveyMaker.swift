import Foundation
import Management

@testable import Pairing

/// Surveys, from what RabbitMQ would send.
struct SurveyMaker {
    var name = "dc1"
    var version = "3.10.8"
    var nodes = 1
    var diskFree = 500_000_000_000
    var tags = ["administrator"]
    var exchanges: [[String: Any]] = []
    var queues: [[String: Any]] = []
    var bindings: [[String: Any]] = []
    var policies: [[String: Any]] = []

    mutating func exchange(_ name: String, _ type: String, rate: Double? = nil, more: [String: Any] = [:]) {
        var object: [String: Any] = [
            "name": name, "vhost": "/", "type": type, "durable": true, "auto_delete": false, "internal": false,
            "arguments": [String: Any](),
        ]
        if let rate { object["message_stats"] = ["publish_in": 1, "publish_in_details": ["rate": rate]] }
        exchanges.append(object.merging(more) { $1 })
    }

    mutating func queue(_ name: String, more: [String: Any] = [:]) {
        let object: [String: Any] = [
            "name": name, "vhost": "/", "type": "classic", "durable": true, "auto_delete": false, "exclusive": false,
            "arguments": [String: Any](), "state": "running", "messages": 0,
        ]
        queues.append(object.merging(more) { $1 })
    }

    mutating func bind(_ source: String, _ destination: String, _ key: String = "#", to type: String = "queue") {
        bindings.append([
            "source": source, "vhost": "/", "destination": destination, "destination_type": type, "routing_key": key,
            "arguments": [String: Any](),
        ])
    }

    func survey() throws -> SiteSurvey {
        let overview: [String: Any] = [
            "rabbitmq_version": version, "cluster_name": name, "node": "rabbit@\(name)-1", "exchange_types": [],
            "listeners": [["node": "rabbit@\(name)-1", "protocol": "amqp", "ip_address": "::", "port": 5672]],
        ]
        var survey = SiteSurvey(
            name: name,
            virtualHost: "/",
            overview: try decode(overview),
            user: try decode(["name": "ropeway", "tags": tags])
        )
        survey.clockAhead = .zero
        survey.featureFlags = ["stream_queue"]
        survey.nodes = try (1...nodes).map {
            try decode(["name": "rabbit@\(name)-\($0)", "running": true, "disk_free": diskFree])
        }
        survey.exchanges = try exchanges.map { try decode($0) }
        survey.queues = try queues.map { try decode($0) }
        survey.bindings = try bindings.map { try decode($0) }
        survey.policies = try policies.map { try decode($0) }
        return survey
    }

    private func decode<Value: Decodable>(_ object: [String: Any]) throws -> Value {
        try JSONDecoder().decode(Value.self, from: JSONSerialization.data(withJSONObject: object))
    }
}
