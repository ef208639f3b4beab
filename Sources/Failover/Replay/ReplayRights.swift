import AMQP
import Management
import NIOCore
import Relay
import RopewayConfiguration

/// Whether the site's user may do what a replay of one route does there.
package enum ReplayRights: Sendable, Hashable {
    case granted
    /// It would be refused.
    case missing(TopologyError)
    /// Messages with some routing keys would be refused, and end in the quarantine.
    case partial(TopologyError)
    /// The broker did not say in time, as in a memory alarm.
    case unknown(String)

    /// How many of the exchange's bindings are tried as routing keys.
    private static let triedKeys = 8
    /// A broker in an alarm does not read from a connection that publishes.
    private static let limit = Duration.seconds(4)

    /// Asks the broker, and leaves nothing there.
    ///
    /// A broker checks a publish when it comes and routes it when its transaction is committed, so a transaction that is
    /// rolled back shows the permissions, those on topics included, whatever backend they are in.
    ///
    /// - Parameters:
    ///   - exchange: the route's exchange, as it is on the site.
    ///   - bindings: the bindings that start there.
    package static func probe(
        _ site: Site,
        exchange: Exchange,
        bindings: [Binding],
        names: ObjectNames
    ) async throws -> ReplayRights {
        let configuration = try site.connection(name: "ropeway check \(names.route)", for: .control)
        return try await AMQPConnection.withConnection(configuration) { connection in
            do throws(AMQPError) {
                return try await connection.withLimit(limit) { () async throws(AMQPError) in
                    if let refusal = try await refusal(on: connection, "", names.cursor) {
                        return .missing(.permissionMissing(refusal, on: "amq.default", site: site))
                    }
                    guard exchange.isInternal else {
                        return try await publishing(on: connection, exchange, bindings, names, site)
                    }
                    let refusal = try await refusalOfBinding(on: connection, exchange.name, names.replay)
                    return refusal.map { .missing(.permissionMissing($0, on: exchange.name, site: site)) } ?? .granted
                }
            } catch {
                return .unknown("site '\(site.name)' did not say whether its user may publish: \(error.summary)")
            }
        }
    }

    private static func publishing(
        on connection: AMQPConnection,
        _ exchange: Exchange,
        _ bindings: [Binding],
        _ names: ObjectNames,
        _ site: Site
    ) async throws(AMQPError) -> ReplayRights {
        let others = bindings.filter { $0.destination != names.capture }
        let keys = exchange.type == "topic" ? keys(of: others) : ["ropeway"]
        var refused: (key: String, reason: AMQPError)?
        var isPermitted = false
        for key in keys {
            guard let refusal = try await refusal(on: connection, exchange.name, key) else {
                isPermitted = true
                continue
            }
            guard refusal.concernsTopic else {
                return .missing(.permissionMissing(refusal, on: exchange.name, site: site))
            }
            refused = refused ?? (key, refusal)
        }
        guard let (key, reason) = refused else { return .granted }
        let error = TopologyError.permissionMissing(reason, on: exchange.name, site: site, routingKey: key)
        return isPermitted ? .partial(error) : .missing(error)
    }

    /// Routing keys that the bindings lead on: what stands for any word becomes a word.
    private static func keys(of bindings: [Binding]) -> [String] {
        let keys = Set(
            bindings.map { binding in
                binding.routingKey.split(separator: ".", omittingEmptySubsequences: false)
                    .map { $0 == "*" || $0 == "#" ? "ropeway" : String($0) }.joined(separator: ".")
            }
        )
        return keys.isEmpty ? ["ropeway"] : Array(keys.sorted().prefix(triedKeys))
    }

    /// Why a publish is refused; `nil` if it is not.
    private static func refusal(
        on connection: AMQPConnection,
        _ exchange: String,
        _ key: String
    ) async throws(AMQPError) -> AMQPError? {
        try await refusal(on: connection) { (channel) async throws(AMQPError) in
            try await channel.selectTransactions()
            try await channel.publishInTransaction(ByteBuffer(), exchange: exchange, routingKey: key)
            try await channel.rollBack()
        }
    }

    /// Why binding an exchange would be refused. Taking a binding back that does not exist needs the same rights, and
    /// changes nothing.
    private static func refusalOfBinding(
        on connection: AMQPConnection,
        _ exchange: String,
        _ source: String
    ) async throws(AMQPError) -> AMQPError? {
        try await refusal(on: connection) { (channel) async throws(AMQPError) in
            try await channel.unbindExchange(exchange, from: source, routingKey: "ropeway.no-such-binding")
        }
    }

    /// Why what `body` tries is refused, on a channel of its own, which a refusal closes; `nil` if it is not.
    private static func refusal(
        on connection: AMQPConnection,
        _ body: (AMQPChannel) async throws(AMQPError) -> Void
    ) async throws(AMQPError) -> AMQPError? {
        do throws(AMQPError) {
            let channel = try await connection.openChannel()
            try await body(channel)
            try await channel.close()
            return nil
        } catch {
            return try isRefusal(error) ? error : nil
        }
    }

    /// Whether an error is a refusal. The permission comes first: what fails later, as over an exchange that is not
    /// there yet, is no refusal.
    private static func isRefusal(_ error: AMQPError) throws(AMQPError) -> Bool {
        guard error.code == .channelClosedByBroker else { throw error }
        return error.replyCode == 403
    }
}

extension AMQPError {
    /// Whether what is refused depends on the routing key.
    var concernsTopic: Bool { refusedResource?.hasPrefix("topic '") ?? false }

    /// Whether the user may not do it, and trying again won't help: not over a routing key, which is of one message.
    var isLackOfRights: Bool {
        switch code {
        case .channelClosedByBroker, .closedByBroker: replyCode == 403 && !concernsTopic
        case .authenticationFailed, .virtualHostRefused: true
        default: false
        }
    }
}

extension TopologyError {
    /// What is missing, where the broker refuses something for want of a permission; else `nil`.
    package init?(refusal error: AMQPError) {
        guard error.isLackOfRights else { return nil }
        self.init(.missingRights, error.summary, hint: "\(error.hint); see docs/permissions.md", object: "")
    }

    /// What a refusal of the broker means for a replay.
    ///
    /// - Parameter routingKey: the one that was tried, where it depends on that.
    static func permissionMissing(
        _ error: AMQPError,
        on exchange: String,
        site: Site,
        routingKey: String? = nil
    ) -> TopologyError {
        let user = site.configuration.credentials.map { "user '\($0.username)'" } ?? "the user"
        let topic = routingKey.map { " with the routing key '\($0)'" } ?? ""
        return TopologyError(
            .missingRights,
            "\(user) of site '\(site.name)' lacks the permission write on exchange '\(exchange)'\(topic): \(error.reason)",
            hint: routingKey == nil
                ? "give \(user) of virtual host '\(site.virtualHost)' the permission write on '\(exchange)' there: "
                    + "rabbitmqctl set_permissions, see docs/permissions.md"
                : "let the topic permissions of \(user) write every routing key of '\(exchange)' there: "
                    + "rabbitmqctl set_topic_permissions",
            object: exchange
        )
    }
}
