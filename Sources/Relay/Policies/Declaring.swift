import AMQP
import Management
import RopewayConfiguration

extension AMQPConnection {
    /// Runs `body` on a channel of its own, since a refusal closes the channel.
    ///
    /// - Parameter object: what an error is about.
    package func declaring<Value: Sendable>(
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

    /// Whether the broker knows a queue.
    ///
    /// - Throws: ``AMQPError``, where it says anything but that there is none.
    fileprivate func hasQueue(_ name: String) async throws(AMQPError) -> Bool {
        do throws(AMQPError) {
            let channel = try await openChannel()
            _ = try await channel.declareQueue(name, passive: true)
            try await channel.close()
            return true
        } catch {
            guard error.refusal == .queueMissing else { throw error }
            return false
        }
    }
}

extension Site {
    /// How long the broker may take to say whether a queue is there. RabbitMQ 4.0 tries for more than a minute where the
    /// node of a classic one is down.
    static let lookLimit = Duration.seconds(10)

    /// A queue as it is, or `nil` where the broker says that there is none.
    ///
    /// "Not found" of the management API is no such word: it says so as well of a stream whose node has just started
    /// (seen on 3.10.8, for half a second and under load for longer) and of a queue whose node is down. A passive
    /// declaration tells these from one that is gone.
    ///
    /// - Parameters:
    ///   - connection: where to declare it; without one, a connection is opened for that.
    ///   - view: what was listed for who asks.
    /// - Throws: ``TopologyError``, with the code unreachable where the queue is there and can't be looked at.
    package func existingQueue(
        _ name: String,
        on connection: AMQPConnection? = nil,
        in view: HostView? = nil
    ) async throws(TopologyError) -> QueueDetails? {
        if let told = view?.queue(name) {
            if let told { return told }
        } else if let shown = try await shownQueue(name) {
            return shown
        }
        guard try await isDeclared(name, on: connection) else { return nil }
        // It may have been declared in between.
        if let shown = try await shownQueue(name) { return shown }
        throw TopologyError(
            .unreachable,
            "queue '\(name)' is there, and the management API of site '\(self.name)' does not show it yet",
            hint: "wait: the node may have just started",
            object: name
        )
    }

    private func shownQueue(_ name: String) async throws(TopologyError) -> QueueDetails? {
        do {
            return try await management.queue(name, virtualHost: virtualHost)
        } catch {
            throw TopologyError(error, object: name, right: "the tag management")
        }
    }

    private func isDeclared(_ queue: String, on connection: AMQPConnection?) async throws(TopologyError) -> Bool {
        do {
            guard let connection else {
                return try await AMQPConnection.withConnection(
                    try self.connection(name: "ropeway look", for: .look)
                ) { connection in
                    try await connection.withLimit(Self.lookLimit) { () async throws(AMQPError) in
                        try await connection.hasQueue(queue)
                    }
                }
            }
            return try await connection.withLimit(Self.lookLimit) { () async throws(AMQPError) in
                try await connection.hasQueue(queue)
            }
        } catch let error as AMQPError where error.refusal == .queueDown {
            throw TopologyError(
                .unreachable,
                "queue '\(queue)' of site '\(name)' can't be reached: the node that holds it is down or has just started",
                hint: error.hint,
                object: queue
            )
        } catch {
            throw TopologyError(error, at: name, object: queue)
        }
    }

    /// What a watch of so many routes is about to look at.
    func view(queues: Int, exchanges: Int = 0) async throws(TopologyError) -> HostView {
        do {
            return try await management.view(queues: queues, exchanges: exchanges)
        } catch {
            throw TopologyError(error, object: name, right: "the tag management and access to the virtual host")
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
    package var declaredType: RouteConfiguration.QueueType? { RouteConfiguration.QueueType(rawValue: totals.type) }
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
    package init(_ members: [String: JSONValue]) {
        self.init(members.sorted { $0.key < $1.key }.map { ($0.key, FieldValue($0.value)) })
    }
}
