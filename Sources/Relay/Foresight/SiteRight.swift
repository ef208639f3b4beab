import AMQP
import RopewayConfiguration

/// A right of a site's user that can be tried without leaving anything.
///
/// A broker looks at the permission first and at everything else then. So what is tried can't be done for another reason:
/// a declaration has an argument that no queue takes, a consumer has one too, and a binding that is taken back was never
/// there.
package enum SiteRight: Sendable, Hashable {
    /// To declare a queue.
    case declareQueue(String)
    /// To declare an exchange.
    case declareExchange(String)
    /// To consume from a queue.
    case consume(String)
    /// To bind a queue to an exchange: write on the one, read on the other.
    case bind(queue: String, exchange: String)
    /// To bind an exchange to another.
    case bindExchange(String, source: String)

    /// What came of trying one.
    package enum Answer: Sendable, Hashable {
        /// The user may.
        case granted
        /// The user may not.
        case refused(TopologyError)
        /// The broker did not say; the reason.
        case unknown(String)
    }

    /// What the user would do, for a person.
    var purpose: String {
        switch self {
        case .declareQueue(let name): "declare queue '\(name)'"
        case .declareExchange(let name): "declare exchange '\(name)'"
        case .consume(let name): "consume from queue '\(name)'"
        case .bind(let queue, let exchange): "bind queue '\(queue)' to exchange '\(exchange)'"
        case .bindExchange(let name, let source): "bind exchange '\(name)' to exchange '\(source)'"
        }
    }

    /// What it is about.
    var object: String {
        switch self {
        case .declareQueue(let name), .declareExchange(let name), .consume(let name), .bind(let name, _),
            .bindExchange(let name, _):
            name
        }
    }
}

extension ObjectNames {
    /// What a route does on the site that it relays from.
    package func rightsOfSource(exchange: String) -> [SiteRight] {
        let wire = GapWire(names: self)
        return [
            .declareQueue(capture), .declareQueue(wire.queue), .declareExchange(wire.filter),
            .bind(queue: wire.queue, exchange: wire.queue), .bindExchange(wire.filter, source: wire.filter),
            .bind(queue: capture, exchange: exchange), .consume(capture),
        ]
    }

    /// What a route does on the site that it relays into.
    package var rightsOfStore: [SiteRight] {
        // The names of all epochs begin alike, and permissions go by names.
        let exchange = standbyExchange(epoch: 1)
        return [.declareQueue(standby), .declareExchange(exchange), .bind(queue: standby, exchange: exchange)]
    }

    /// What a replay does on the promoted site beside publishing.
    ///
    /// - Parameter isInternal: whether the route's exchange takes no messages of clients.
    package func rightsOfReplay(isInternal: Bool) -> [SiteRight] {
        [.consume(standby), .declareQueue(cursor), .consume(cursor)] + (isInternal ? [.declareExchange(replay)] : [])
    }

    /// What is done once a message can't be delivered.
    package var rightsOfQuarantine: [SiteRight] { [.declareQueue(quarantine)] }
}

extension PairNames {
    /// What holding a site's lock takes.
    package var rightsOfLock: [SiteRight] { [.declareQueue(lock), .consume(lock)] }
}

extension Site {
    /// For all that is tried at once: nothing here publishes, so that a broker in an alarm answers too.
    private static let rightsLimit = Duration.seconds(4)

    /// Tries rights of the user that relays. Nothing is left on the broker.
    ///
    /// - Returns: an answer for each right, in their order.
    package func tried(_ rights: [SiteRight]) async -> [(right: SiteRight, answer: SiteRight.Answer)] {
        do {
            let configuration = try connection(name: "ropeway check", for: .control)
            return try await AMQPConnection.withConnection(configuration) { connection in
                try await connection.withLimit(Self.rightsLimit) { () async throws(AMQPError) in
                    var answers: [(right: SiteRight, answer: SiteRight.Answer)] = []
                    for right in rights { answers.append((right, try await answer(to: right, on: connection))) }
                    return answers
                }
            }
        } catch {
            let reason = (error as? AMQPError)?.summary ?? "\(error)"
            return rights.map { ($0, .unknown(reason)) }
        }
    }

    private func answer(
        to right: SiteRight,
        on connection: AMQPConnection
    ) async throws(AMQPError) -> SiteRight.Answer {
        do throws(AMQPError) {
            let channel = try await connection.openChannel()
            try await Self.attempt(right, on: channel)
            try await channel.close()
            return .granted
        } catch {
            guard error.code == .channelClosedByBroker else { throw error }
            guard case .permission(let permission)? = error.refusal else { return .granted }
            return .refused(lack(of: permission, for: right, error))
        }
    }

    private static func attempt(_ right: SiteRight, on channel: AMQPChannel) async throws(AMQPError) {
        switch right {
        case .declareQueue(let name):
            try await channel.declareQueue(name, arguments: ["x-max-length": -1])
        case .declareExchange(let name):
            try await channel.declareExchange(name, type: "fanout", arguments: ["alternate-exchange": true])
        case .consume(let name):
            try await channel.consume(name, tag: "ropeway-check", arguments: ["x-priority": "none"])
        case .bind(let queue, let exchange):
            try await channel.unbindQueue(queue, from: exchange, routingKey: "ropeway.no-such-binding")
        case .bindExchange(let name, let source):
            try await channel.unbindExchange(name, from: source, routingKey: "ropeway.no-such-binding")
        }
    }

    private func lack(
        of permission: BrokerRefusal.Permission?,
        for right: SiteRight,
        _ error: AMQPError
    ) -> TopologyError {
        let user = configuration.credentials.map { "user '\($0.username)'" } ?? "the user"
        let named = permission.map { "the permission \($0.rawValue)" } ?? "a permission"
        return TopologyError(
            .missingRights,
            "\(user) of site '\(name)' lacks \(named) that it needs to \(right.purpose): \(error.reason)",
            hint: "give \(user) the permissions in docs/permissions.md on virtual host '\(virtualHost)': "
                + "rabbitmqctl set_permissions",
            object: right.object
        )
    }
}
