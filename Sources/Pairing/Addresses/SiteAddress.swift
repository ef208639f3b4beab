import AMQP
import HTTPClient
import Management
import RopewayConfiguration
import Transport

/// How a site is reached, as an operator names it on the command line: AMQP or management addresses, or both.
package struct SiteAddress: Sendable, Hashable {
    /// What is wrong with an address. It never repeats the address, since a password may stand in it.
    package struct Problem: Error, Sendable, Hashable, CustomStringConvertible {
        /// What is wrong.
        package var message: String
        /// What to write instead.
        package var hint: String

        package var description: String { "\(message); \(hint)" }
    }

    /// The site's name.
    package let name: String
    /// AMQP listeners; empty where only the management API was named, which tells of them.
    package var amqp: [BrokerEndpoint]
    /// Stream listeners, which only the site tells of; empty where it has none, or none that can be told where it is.
    package var stream: [BrokerEndpoint] = []
    /// The management API; guessed from the AMQP listeners where none was named.
    package var management: [RopewayConfiguration.ManagementEndpoint]
    /// Whether the management addresses are a guess: RabbitMQ's own ports on the hosts of the AMQP listeners.
    package let isManagementGuessed: Bool
    /// The virtual host.
    package let virtualHost: String
    /// The user, where an address names one.
    package let username: String?

    /// Reads the addresses of one site.
    ///
    /// - Parameters:
    ///   - name: the site's name.
    ///   - uris: at least one of `amqp://[USER@]HOST[:PORT][/VHOST]`, `amqps://…`, `http://HOST[:PORT]`, `https://…`.
    ///   - virtualHost: the virtual host, where no AMQP address names one.
    /// - Throws: ``Problem`` for one that can't be read, or holds a password.
    package init(name: String, uris: [String], virtualHost: String? = nil) throws(Problem) {
        self.name = name
        var amqp: [BrokerEndpoint] = []
        var management: [RopewayConfiguration.ManagementEndpoint] = []
        var hosts: Set<String> = []
        var users: Set<String> = []
        for uri in uris {
            if uri.lowercased().hasPrefix("http") {
                management.append(try Self.management(uri))
                continue
            }
            let parts = try Self.parts(of: uri)
            let endpoint = BrokerEndpoint(host: parts.host, port: parts.port, usesTLS: parts.isTLS)
            if !amqp.contains(endpoint) { amqp.append(endpoint) }
            if let host = parts.namedVirtualHost { hosts.insert(host) }
            if let user = parts.username { users.insert(user) }
        }
        guard !amqp.isEmpty || !management.isEmpty else {
            throw Problem(message: "site \(name) has no address", hint: "such as --\(name) amqp://broker-1.example")
        }
        if let virtualHost { hosts.insert(virtualHost) }
        guard hosts.count <= 1 else {
            throw Problem(
                message: "site \(name) is named with \(hosts.count) virtual hosts",
                hint: "a pair connects one virtual host of each site"
            )
        }
        guard users.count <= 1 else {
            throw Problem(message: "site \(name) is named with \(users.count) users", hint: "name one user")
        }
        self.amqp = amqp
        isManagementGuessed = management.isEmpty
        self.management = management.isEmpty ? Self.guess(amqp) : management
        self.virtualHost = hosts.first ?? "/"
        username = users.first
    }

    private struct Parts {
        var host: String
        var port: Int
        var isTLS: Bool
        var username: String?
        var namedVirtualHost: String?
    }

    private static func parts(of uri: String) throws(Problem) -> Parts {
        guard !uri.contains("?") else {
            throw Problem(message: "an address has parameters", hint: "leave out ? and what follows")
        }
        let read: ConnectionConfiguration
        do {
            read = try ConnectionConfiguration(uri: uri, name: "pair")
        } catch {
            throw Problem(message: error.summary, hint: "such as amqp://ropeway@broker-1.example:5672/%2F")
        }
        guard let endpoint = read.endpoints.first else {
            throw Problem(message: "an address names no host", hint: "such as amqp://broker-1.example")
        }
        let rest = uri[(uri.firstRange(of: "://")?.upperBound ?? uri.startIndex)...]
        let authority = rest.prefix { $0 != "/" }
        let userInfo = authority.lastIndex(of: "@").map { authority[..<$0] }
        if let userInfo, userInfo.contains(":") {
            throw Problem(
                message:
                    "an address holds a password, which everybody on this machine could read in the list of processes",
                hint: "leave it out: it is asked for, or taken from a file or an environment variable "
                    + "(--dc1-password-file, --dc1-password-env)"
            )
        }
        var username: String?
        if userInfo != nil, case .plain(let name, _) = read.credentials { username = name }
        return Parts(
            host: endpoint.host,
            port: endpoint.port,
            isTLS: endpoint.isTLS,
            username: username,
            namedVirtualHost: authority.endIndex < rest.endIndex ? read.virtualHost : nil
        )
    }

    private static func management(_ uri: String) throws(Problem) -> RopewayConfiguration.ManagementEndpoint {
        let example = "such as http://broker-1.example:15672"
        guard !uri.contains("@") else {
            throw Problem(
                message: "a management address holds credentials",
                hint: "\(example); name the user with --dc1-user, and let the password be asked for"
            )
        }
        guard let endpoint = Management.ManagementEndpoint(url: uri) else {
            throw Problem(message: "a management address can't be read", hint: example)
        }
        let path = endpoint.pathPrefix.hasSuffix("/api") ? String(endpoint.pathPrefix.dropLast(4)) : endpoint.pathPrefix
        return RopewayConfiguration.ManagementEndpoint(
            endpoint: BrokerEndpoint(
                host: endpoint.origin.host,
                port: endpoint.origin.port,
                usesTLS: endpoint.origin.scheme == .https
            ),
            pathPrefix: path
        )
    }

    /// RabbitMQ's own ports of the management plugin, on the hosts of the AMQP listeners.
    private static func guess(_ amqp: [BrokerEndpoint]) -> [RopewayConfiguration.ManagementEndpoint] {
        var seen: Set<String> = []
        return amqp.compactMap { endpoint in
            guard seen.insert(endpoint.host).inserted else { return nil }
            let port = endpoint.usesTLS ? 15_671 : 15_672
            return RopewayConfiguration.ManagementEndpoint(
                endpoint: BrokerEndpoint(host: endpoint.host, port: port, usesTLS: endpoint.usesTLS),
                pathPrefix: ""
            )
        }
    }
}
