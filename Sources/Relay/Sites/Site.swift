import AMQP
import HTTPClient
import Logging
import Management
import RabbitStream
import RopewayConfiguration
import Transport

/// One site as everything above the wire uses it: how to connect, and its management API.
package struct Site: Sendable {
    /// What a connection is for. It decides about socket options.
    package enum Purpose: Sendable {
        /// Consumes and never publishes, so that a dead link may be noticed by unacknowledged TCP data.
        case consuming
        /// Publishes: in an alarm the broker does not read it for long, which must not count as dead.
        case publishing
        /// Topology and small things.
        case control
        /// Looks at something, again and again, and goes: its life is told of at debug only.
        case look
    }

    package let configuration: SiteConfiguration
    /// With the rights of relaying.
    package private(set) var management: ManagementAPI
    /// With the rights of the `admin` credentials, or of relaying where there are none.
    package private(set) var admin: ManagementAPI
    /// The Prometheus endpoints that the configuration names, which may be none.
    package let metrics: MetricsAPI
    /// What those share who ask for all policies at the same time; `nil`: each asks alone.
    private(set) var policySnapshots: Gathering<PolicySnapshot>? = .ofLists()
    /// So many policies are written at the same time: with each, the broker looks at all its queues and exchanges, one
    /// policy after the other, and an answer that is waited for may come too late.
    let policyWrites = Turnstile(4)
    /// Told of the site's connections.
    private let logger: Logger
    private let streamReach = StreamReach()

    package var name: String { configuration.name }
    package var virtualHost: String { configuration.virtualHost }

    package init(
        _ configuration: SiteConfiguration,
        client: CurlClient,
        timeouts: ManagementTimeouts = ManagementTimeouts()
    ) throws(SecretError) {
        self.configuration = configuration
        var logger = client.logger
        logger[metadataKey: "site"] = "\(configuration.name)"
        self.logger = logger
        let endpoints = configuration.management.compactMap { Management.ManagementEndpoint(url: $0.baseURL) }
        metrics = MetricsAPI(
            endpoints: configuration.metrics.compactMap { Management.ManagementEndpoint(url: $0.baseURL) },
            tls: configuration.tls,
            timeouts: timeouts,
            client: client
        )
        let relaying = configuration.managementCredentials
        management = ManagementAPI(
            endpoints: endpoints,
            credentials: try relaying.forManagement(),
            renewal: { try relaying.forManagement() },
            tls: configuration.tls,
            timeouts: timeouts,
            client: client
        ).gathering(in: configuration.virtualHost)
        if let admin = configuration.admin {
            self.admin = management.with(
                credentials: try admin.forManagement(),
                renewal: { try admin.forManagement() }
            )
        } else {
            admin = management
        }
    }

    /// The same site with each call of its management API done within a time.
    package func limited(to time: Duration) -> Site {
        var copy = self
        copy.management = management.limited(to: time)
        copy.admin = admin.limited(to: time)
        copy.policySnapshots = nil
        return copy
    }

    /// How to connect to the site's AMQP listeners. The password is read again, so that a changed one is picked up.
    ///
    /// - Parameter name: what the broker shows as the connection's name.
    package func connection(name: String, for purpose: Purpose) throws(SecretError) -> ConnectionConfiguration {
        var socket = SocketOptions()
        if purpose == .consuming { socket.tcpUserTimeout = .seconds(20) }
        var logger = logger
        if purpose == .look, logger.logLevel > .debug { logger.logLevel = max(logger.logLevel, .warning) }
        return ConnectionConfiguration(
            endpoints: configuration.amqp.map { Endpoint(host: $0.host, port: $0.port, isTLS: $0.usesTLS) },
            tls: configuration.tls,
            socket: socket,
            credentials: try credentials(),
            virtualHost: configuration.virtualHost,
            name: name,
            heartbeat: .seconds(10),
            logger: logger
        )
    }

    /// How to connect to the site's listeners of the stream protocol.
    ///
    /// - Parameter name: what the broker shows as the connection's name.
    package func streamConnection(name: String) throws(SecretError) -> StreamConnectionConfiguration {
        StreamConnectionConfiguration(
            endpoints: configuration.stream.map { Endpoint(host: $0.host, port: $0.port, isTLS: $0.usesTLS) },
            tls: configuration.tls,
            credentials: try credentials(),
            virtualHost: configuration.virtualHost,
            name: name,
            logger: logger
        )
    }

    /// How to connect to them where AMQP serves as well: with little patience.
    package func hurriedStreamConnection(name: String) throws(SecretError) -> StreamConnectionConfiguration {
        var connection = try streamConnection(name: name)
        connection.connectTimeout = min(connection.connectTimeout, .seconds(3))
        connection.handshakeTimeout = min(connection.handshakeTimeout, .seconds(3))
        return connection
    }

    /// Whether there are such listeners, and none of them failed in the last minute as far as somebody noted that.
    package var mayUseStreams: Bool { !configuration.stream.isEmpty && streamReach.answered != false }

    /// Looks whether the listeners answer, and are those of the cluster that AMQP leads to: what is read of another one is
    /// not what is to be replayed.
    package func tryStreams(beside cluster: String?) async {
        guard !configuration.stream.isEmpty, streamReach.answered == nil else { return }
        guard let configuration = try? hurriedStreamConnection(name: "ropeway look"),
            let connection = try? await StreamConnection.connect(configuration)
        else { return noteStreams(answer: false) }
        await connection.close()
        guard let cluster, let found = connection.clusterName, await !isOneCluster(found, cluster) else {
            return noteStreams(answer: true)
        }
        logger.warning(
            "the listener of the stream protocol belongs to another cluster than AMQP leads to",
            metadata: ["found": "\(found)", "expected": "\(cluster)"]
        )
        noteStreams(answer: false)
    }

    /// Notes whether the listeners served somebody whom AMQP serves as well.
    package func noteStreams(answer: Bool) { streamReach.note(answers: answer) }

    /// How to log in, with the password as it is now.
    private func credentials() throws(SecretError) -> Transport.Credentials {
        if case .external = configuration.authentication { return .external }
        guard let plain = configuration.credentials else { return .external }
        return .plain(username: plain.username, password: try plain.password.resolve().exposed)
    }
}

extension SiteConfiguration.Credentials {
    /// The user and the password as it is now.
    fileprivate func forManagement() throws(SecretError) -> HTTPCredentials {
        HTTPCredentials(username: username, password: try password.resolve().exposed)
    }
}
