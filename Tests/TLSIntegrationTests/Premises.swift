import BrokerHarness
import Foundation
import RopewayHarness
import Synchronization
import TLSHarness

/// A pair of its own on two shared nodes: a virtual host, a user, files for passwords and certificates, one route.
final class Premises: Sendable {
    let dc1: TLSNode
    let dc2: TLSNode
    let virtualHost: String
    let ropeway: RopewayProcess
    private let user: String
    private let ledger = Ledger()
    private let passwords: Mutex<(current: [String], all: [String])>

    /// Every password that there was.
    var secrets: [String] { passwords.withLock { $0.all } }

    private init(
        _ dc1: TLSNode,
        _ dc2: TLSNode,
        virtualHost: String,
        user: String,
        passwords: [String],
        ropeway: RopewayProcess
    ) {
        self.dc1 = dc1
        self.dc2 = dc2
        self.virtualHost = virtualHost
        self.user = user
        self.passwords = Mutex((passwords, passwords))
        self.ropeway = ropeway
    }

    /// Makes everything but the daemon.
    ///
    /// - Parameter passwords: of the user on the one node and on the other.
    static func make(
        _ dc1: TLSNode,
        _ dc2: TLSNode,
        user: String,
        passwords: [String],
        isExternal: Bool = false,
        standby: String = "{type: classic, ttl: 1h}"
    ) async throws -> Premises {
        let virtualHost = "tls-\(UUID().uuidString.lowercased().prefix(8))"
        for node in [dc1, dc2] {
            for (path, body) in [
                ("/api/vhosts/\(virtualHost)", "{}"),
                (
                    "/api/permissions/\(virtualHost)/guest",
                    #"{"configure":".*","write":".*","read":".*"}"#
                ),
            ] {
                let (status, _) = try await node.node.management("PUT", path, body: body)
                guard (200..<300).contains(status) else { throw HarnessError("PUT \(path): \(status)") }
            }
            try await node.node.declare(exchange: "orders", queues: ["work"], virtualHost: virtualHost)
        }
        var addresses: [SiteAddress] = []
        for node in [dc1, dc2] {
            var address = SiteAddress(
                amqpPorts: [node.amqpPort],
                managementPorts: [node.managementPort],
                virtualHost: virtualHost
            )
            address.streamPorts = [node.streamPort]
            addresses.append(address)
        }
        var ropeway = try await RopewayProcess.make(
            // Records and gaps are global parameters: of the whole node, which these tests share.
            pair: "p-\(UUID().uuidString.lowercased().prefix(8))",
            dc1: addresses[0],
            dc2: addresses[1]
        )
        let folder = ropeway.folder
        func path(_ file: String) -> String { folder.appending(path: file).path }
        let files = "ca: \(path("ca.pem")), certificate: \(path("client.pem")), key: \(path("client.key"))"
        ropeway.dc1.tls = "{\(files)}"
        ropeway.dc2.tls = "{\(files)}"
        ropeway.dc1.passwordFile = path("dc1.password")
        ropeway.dc2.passwordFile = path("dc2.password")
        ropeway.dc1.username = user
        ropeway.dc2.username = user
        ropeway.dc1.isExternal = isExternal
        // Neither site may block the way back, and each must say what it has at once.
        ropeway.addRoute("orders", standby: standby, more: ["capture: {type: classic}"])
        let premises = Premises(
            dc1,
            dc2,
            virtualHost: virtualHost,
            user: user,
            passwords: passwords,
            ropeway: ropeway
        )
        try premises.take(authority: "authority", client: "client")
        try await premises.setPasswords(passwords)
        return premises
    }

    /// Puts the files of an authority and a client where the configuration looks for them.
    func take(authority: String, client: String) throws {
        let source = dc1.authority
        for (file, other) in [
            ("\(authority).pem", "ca.pem"), ("\(client).pem", "client.pem"), ("\(client).key", "client.key"),
        ] {
            try Data(contentsOf: source.folder.appending(path: file))
                .write(to: ropeway.folder.appending(path: other), options: .atomic)
        }
    }

    /// Gives the user passwords on the brokers, and writes them to the files, unless told not to.
    func setPasswords(_ new: [String], inFiles: Bool = true) async throws {
        passwords.withLock {
            $0.current = new
            $0.all += new
        }
        for (node, password) in zip([dc1, dc2], new) {
            try await node.setUser(user, password: password, virtualHost: virtualHost)
        }
        if inFiles { try writePasswords() }
    }

    /// Writes the passwords to the files.
    func writePasswords() throws {
        let current = passwords.withLock { $0.current }
        for (file, password) in zip(["dc1.password", "dc2.password"], current) {
            try Data("\(password)\n".utf8).write(to: ropeway.folder.appending(path: file), options: .atomic)
        }
    }

    /// Has both brokers close all connections to the virtual host.
    func closeConnections() async throws {
        let arguments = ["close_all_connections", "--vhost", virtualHost, "rotation"]
        async let first = dc1.node.control(arguments)
        async let second = dc2.node.control(arguments)
        _ = try await (first, second)
    }

    /// Publishes to the active site.
    func publish(_ count: Int) async throws {
        try await ledger.publish(count, to: "orders", on: dc1.node, virtualHost: virtualHost)
    }

    /// Compares what a queue holds with what was published.
    func account(of queue: String, on node: TLSNode) async throws -> Ledger.Account {
        try await ledger.account(of: queue, on: node.node, virtualHost: virtualHost)
    }

    /// Waits until the standby store holds exactly so many messages.
    func untilStored(_ count: Int) async throws {
        try await eventually(within: .seconds(40), "\(count) messages are in the store") {
            let depth = try await self.dc2.node.depth(
                of: "ropeway.\(ropeway.pair).orders.standby",
                virtualHost: self.virtualHost
            )
            guard depth == count else { throw HarnessError("it holds \(depth)") }
            return true
        }
    }

    /// Waits until both sites are healthy, which takes AMQP and management.
    func untilHealthy() async throws {
        try await eventually(within: .seconds(20), "both sites are healthy") {
            let sites = try await self.ropeway.status().sites
            guard sites.dc1.health.string == "healthy", sites.dc2.health.string == "healthy" else {
                throw HarnessError("\(sites)")
            }
            return true
        }
    }

    /// Waits until every connection of the route shows a certificate with this subject.
    func untilClients(are subject: String) async throws {
        struct Connection: Decodable {
            var vhost: String?
            var peer_cert_subject: String?
            var client_properties: [String: String]?
        }
        for node in [dc1, dc2] {
            try await eventually(within: .seconds(30), "connections show \(subject)") {
                let (_, body) = try await node.node.management(
                    "GET",
                    "/api/connections?columns=vhost,peer_cert_subject,user"
                )
                let own = try JSONDecoder().decode([Connection].self, from: body).filter {
                    $0.vhost == self.virtualHost && $0.peer_cert_subject?.isEmpty == false
                }
                guard !own.isEmpty, own.contains(where: { $0.peer_cert_subject == subject }) else {
                    throw HarnessError("subjects: \(own.map { $0.peer_cert_subject ?? "none" })")
                }
                return true
            }
        }
    }
}
