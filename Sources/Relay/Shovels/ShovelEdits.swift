import AMQP
import HTTPClient
import Pump
import RabbitStream
import RopewayConfiguration
import Transport

/// What a shovel changes in each message because its configuration says so.
struct ShovelEdits: Sendable {
    /// Properties that are set.
    let properties: ShovelConfiguration.PublishProperties
    /// The entry of `x-shovelled` that says which way the message went, or `nil` for none.
    let hop: FieldTable?
    /// Whether `x-shovelled-timestamp` is set.
    let addsTimestamp: Bool

    func apply(to message: inout BasicProperties) {
        message.userID = properties.userID
        if let value = properties.contentType { message.contentType = value }
        if let value = properties.contentEncoding { message.contentEncoding = value }
        if let value = properties.deliveryMode { message.deliveryMode = UInt8(clamping: value) }
        if let value = properties.priority { message.priority = UInt8(clamping: value) }
        if let value = properties.correlationID { message.correlationID = value }
        if let value = properties.replyTo { message.replyTo = value }
        if let value = properties.expiration { message.expiration = value }
        if let value = properties.messageID { message.messageID = value }
        if let value = properties.timestamp { message.timestamp = UInt64(clamping: value) }
        if let value = properties.type { message.type = value }
        if let value = properties.appID { message.appID = value }
        if let value = properties.clusterID { message.clusterID = value }
        for name in BrokerHeaders.names { message.headers?[name] = nil }
        if let hop { prepend(hop, to: &message) }
        if addsTimestamp {
            // A signed number of seconds, as the plugin writes it.
            set("x-shovelled-timestamp", .int64(WallClock.milliseconds() / 1000), in: &message)
        }
    }

    /// The newest hop stands first.
    private func prepend(_ hop: FieldTable, to message: inout BasicProperties) {
        let before = message.headers?["x-shovelled"]?.arrayValue ?? []
        set("x-shovelled", .array([.table(hop)] + before), in: &message)
    }

    private func set(_ name: String, _ value: FieldValue, in message: inout BasicProperties) {
        var headers = message.headers ?? FieldTable()
        headers[name] = value
        message.headers = headers
    }
}

/// Which way the messages of a shovel go, as its sessions have found it.
struct ShovelPath: Sendable {
    /// The name of the cluster that is consumed, as its node tells it.
    var cluster: String?
    /// The virtual host that is consumed in.
    var virtualHost = "/"
    /// The listener that is consumed, without credentials.
    var source: String?
    /// The listener that is published to, without credentials.
    var destination: String?

    /// The address that a connection leads to, as RabbitMQ writes it.
    static func address(of connection: AMQPConnection, virtualHost: String) -> String {
        let endpoint = connection.endpoint
        let path = virtualHost == "/" ? "" : "/\(PercentEncoding.encode(virtualHost))"
        return "\(endpoint.isTLS ? "amqps" : "amqp")://\(endpoint.authority)\(path)"
    }

    /// The same of a connection that speaks the stream protocol.
    static func address(of connection: StreamConnection, virtualHost: String) -> String {
        let endpoint = connection.endpoint
        let path = virtualHost == "/" ? "" : "/\(PercentEncoding.encode(virtualHost))"
        return "\(endpoint.isTLS ? "rabbitmq-stream+tls" : "rabbitmq-stream")://\(endpoint.authority)\(path)"
    }

    /// An entry of `x-shovelled` in the format of RabbitMQ's shovel plugin.
    func hop(_ configuration: ShovelConfiguration) -> FieldTable {
        var hop: FieldTable = [
            "shovelled-by": .string(cluster ?? ""),
            // To the plugin, a shovel that stands in a file is static.
            "shovel-type": .string("static"),
            "shovel-name": .string(configuration.name),
            "shovel-vhost": .string(virtualHost),
            "src-uri": .string(source ?? ""),
            "dest-uri": .string(destination ?? ""),
        ]
        switch configuration.source.origin {
        case .queue(let queue), .stream(let queue, _):
            hop.append("src-queue", .string(queue))
        case .exchange(let name, let key):
            hop.append("src-exchange", .string(name))
            hop.append("src-exchange-key", .string(key))
        }
        switch configuration.destination.target {
        case .queue(let queue), .stream(let queue):
            hop.append("dest-queue", .string(queue))
        case .exchange(let name, let key):
            if let name { hop.append("dest-exchange", .string(name)) }
            if let key { hop.append("dest-exchange-key", .string(key)) }
        }
        return hop
    }
}
