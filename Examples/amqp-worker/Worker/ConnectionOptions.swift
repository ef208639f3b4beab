import AMQP
import ArgumentParser
import Transport

/// Where the broker is and how to log in.
struct ConnectionOptions: ParsableArguments {
    @Option(help: "The broker's host name.") var host = "127.0.0.1"
    @Option(help: "Its AMQP port.") var port = 5672
    @Option(help: "The virtual host.") var virtualHost = "/"
    @Option(help: "The user.") var user = "guest"
    @Option(help: "The password.") var password = "guest"
    @Option(help: "A PEM file with the authority that signed the broker's certificate; encrypts the connection.")
    var certificateAuthority: String?

    func configuration(name: String) -> ConnectionConfiguration {
        ConnectionConfiguration(
            endpoints: [Endpoint(host: host, port: port, isTLS: certificateAuthority != nil)],
            tls: certificateAuthority.map { TLSOptions(certificateAuthorityPath: $0) },
            credentials: .plain(username: user, password: password),
            virtualHost: virtualHost,
            name: name
        )
    }

    /// A service may start before its broker, and outlives it.
    var policy: RecoveryPolicy { RecoveryPolicy(retriesFirstConnection: true) }
}
