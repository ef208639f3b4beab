import AMQP
import Management
import RopewayConfiguration

extension AMQPConnection {
    /// Runs `body` on a channel of its own, since a refusal closes the channel.
    ///
    /// - Parameter object: what an error is about.
    func declaring<Value: Sendable>(
        _ object: String,
        _ body: (AMQPChannel) async throws(AMQPError) -> Value
    ) async throws(TopologyError) -> Value {
        do throws(AMQPError) {
            let channel = try await openChannel()
            let value = try await body(channel)
            try await channel.close()
            return value
        } catch {
            throw TopologyError(error, object: object)
        }
    }
}

extension Site {
    /// A queue as it is, or `nil`.
    func existingQueue(_ name: String) async throws(TopologyError) -> QueueDetails? {
        do {
            return try await management.queue(name, virtualHost: virtualHost)
        } catch {
            throw TopologyError(error, object: name, right: "the tag management")
        }
    }

    /// The version of the node that a connection leads to.
    func version(of connection: AMQPConnection) async throws(TopologyError) -> BrokerVersion {
        if let version = connection.serverVersion.flatMap({ BrokerVersion($0) }) { return version }
        return try await version()
    }

    /// The version of the node that answers.
    func version() async throws(TopologyError) -> BrokerVersion {
        do {
            return try await management.version()
        } catch {
            throw TopologyError(error, object: name, right: "the tag management")
        }
    }
}

extension QueueDetails {
    /// The type, if it is one that Ropeway declares.
    var declaredType: RouteConfiguration.QueueType? { RouteConfiguration.QueueType(rawValue: totals.type) }
}

extension FieldValue {
    /// A value that the management API shows. Numbers lose their width there, which matters to no headers exchange.
    init(_ json: JSONValue) {
        switch json {
        case .null: self = .void
        case .bool(let value): self = .boolean(value)
        case .integer(let value): self = .int64(value)
        case .double(let value): self = .double(value)
        case .string(let value): self = .string(value)
        case .array(let values): self = .array(values.map { FieldValue($0) })
        case .object(let members): self = .table(FieldTable(members))
        }
    }
}

extension FieldTable {
    /// A table of what the management API shows, sorted by name.
    init(_ members: [String: JSONValue]) {
        self.init(members.sorted { $0.key < $1.key }.map { ($0.key, FieldValue($0.value)) })
    }
}
