import AMQP
import BrokerHarness
import Foundation
import Management
import RopewayHarness
import TLSDiagnosis
import TLSHarness
import Testing

/// Each thing that can be wrong with TLS is an error of its own, in the same words at AMQP and at management.
@Suite("TLS with real brokers", .serialized, .timeLimit(.minutes(2)))
struct HandshakeTests {
    private let dc1: TLSNode
    private let dc2: TLSNode

    init() async throws {
        (dc1, dc2) = try await SharedTLSPair.get()
    }

    private func doors(_ node: TLSNode, host: String = "127.0.0.1", _ tls: String) -> Doors {
        Doors(
            amqp: "amqps://\(host):\(node.amqpPort)",
            management: "https://\(host):\(node.managementPort)",
            tls: tls
        )
    }

    private func path(_ file: String) -> String { dc1.authority.path(file) }
    private var ca: String { "ca: \(path("authority.pem"))" }
    private func client(_ name: String) -> String {
        "certificate: \(path("\(name).pem")), key: \(path("\(name).key"))"
    }

    @Test(
        "given the right authority, when connecting by name and by address, with TLS 1.2 and 1.3, then both let us in"
    )
    func rightAuthority() async throws {
        for host in ["127.0.0.1", "localhost"] {
            try await doors(dc1, host: host, "{\(ca), \(client("client"))}").expectEntry()
            try await doors(dc2, host: host, "{\(ca)}").expectEntry()
        }
        try await doors(dc1, "{\(ca), \(client("client")), minimum-version: 1.3}").expectEntry()
    }

    @Test("given another authority, or only the system's, when connecting, then the authority is unknown")
    func wrongAuthority() async throws {
        try await doors(dc2, "{ca: \(path("stranger.pem"))}").expect(.unknownAuthority)
        try await doors(dc2, "{minimum-version: 1.2}").expect(.unknownAuthority)
        try await doors(dc1, "{ca: \(path("stranger.pem")), \(client("client"))}").expect(.unknownAuthority)
    }

    @Test("given a certificate that is out of date, or for another name, when connecting, then the error says which")
    func wrongServerCertificate() async throws {
        try await changed(dc2, to: "expired") {
            try await doors(dc2, "{\(ca)}").expect(.certificateExpired)
        }
        try await changed(dc2, to: "elsewhere") {
            try await doors(dc2, "{\(ca)}").expect(.wrongName(expected: "127.0.0.1"))
            try await doors(dc2, host: "localhost", "{\(ca)}").expect(.wrongName(expected: "localhost"))
            // The name to expect is what the certificate has to carry, whatever the address is.
            try await doors(dc2, "{\(ca), server-name: broker.example}").expectEntry()
            try await doors(dc2, "{\(ca), server-name: other.example}").expect(.wrongName(expected: "other.example"))
        }
        try await doors(dc2, "{\(ca)}").expectEntry()
    }

    @Test(
        "given a broker that demands a client certificate, when none or a stranger's is shown, then the error says so"
    )
    func clientCertificates() async throws {
        // What is refused only after this side's handshake may be lost with the connection, if it can be lost at all.
        for _ in 0..<5 {
            try await doors(dc1, "{\(ca)}").expect(.clientCertificateMissing)
            try await doors(dc1, "{\(ca), \(client("strange-client"))}").expect(.clientCertificateNotTrusted)
        }
        try await doors(dc2, "{\(ca), \(client("strange-client"))}").expect(.clientCertificateNotTrusted)
    }

    @Test("given a broker with TLS 1.2 only, when 1.3 is the oldest allowed, then there is no common version")
    func versions() async throws {
        try await doors(dc2, "{\(ca), minimum-version: 1.3}").expect(.noCommonVersion)
    }

    @Test("given a port with TLS and a client without, and the other way round, when connecting, then each says so")
    func mixedUp() async throws {
        let started = ContinuousClock.now
        try await Doors(
            amqp: "amqps://127.0.0.1:\(dc2.node.amqpPort)",
            management: "https://127.0.0.1:\(dc2.node.managementPort)",
            tls: "{\(ca)}"
        ).expect(.notTLS, orAtAMQP: .noAnswer)
        try await Doors(
            amqp: "amqp://127.0.0.1:\(dc2.amqpPort)",
            management: "http://127.0.0.1:\(dc2.managementPort)",
            tls: "{\(ca)}"
        ).expect(.speaksTLS)
        // Less than one time-out: nothing hung.
        #expect(ContinuousClock.now - started < .seconds(5))
    }

    @Test("given SSLKEYLOGFILE, when the program speaks TLS at both doors, then it writes no keys to where that says")
    func keyLog() async throws {
        var sites: [SiteAddress] = []
        for node in [dc1, dc2] {
            var site = SiteAddress(amqpPorts: [node.amqpPort], managementPorts: [node.managementPort])
            site.tls = "{\(ca), \(client("client"))}"
            sites.append(site)
        }
        let ropeway = try await RopewayProcess.make(pair: "keylog", dc1: sites[0], dc2: sites[1])
        try ropeway.write()
        let log = ropeway.folder.appending(path: "keys")
        let check = try ropeway.start(["check", "--format", "json"], environment: ["SSLKEYLOGFILE": log.path])
        _ = try await check.wait(within: .seconds(60))
        let output = try check.output()
        #expect(output.contains("dc2"), "\(output)")
        #expect(!FileManager.default.fileExists(atPath: log.path))
    }

    @Test("given EXTERNAL, when the user exists, does not, or the broker does not offer it, then each is told apart")
    func external() async throws {
        let (guest, user) = ("auth: external, username: guest, password: guest", "relay")
        try await dc1.setUser(user, password: nil, virtualHost: "%2F")
        var doors = doors(dc1, "{\(ca), \(client("client"))}")
        doors.more = guest
        try await doors.expectEntry()
        let users = try await dc1.node.control(["list_users", "--silent"])
        #expect(users.contains(user))

        doors.tls = "{\(ca), \(client("nobody"))}"
        let unknown = try await doors.enter()
        #expect(unknown.amqp?.code == .authenticationFailed)
        #expect(unknown.amqp?.reason.contains("EXTERNAL") == true, "\(String(describing: unknown.amqp))")
        #expect(unknown.amqp?.hint.contains("common name") == true, "\(String(describing: unknown.amqp))")
        #expect(unknown.management == nil)

        doors = self.doors(dc2, "{\(ca), \(client("client"))}")
        doors.more = guest
        let notOffered = try await doors.enter()
        #expect(notOffered.amqp?.code == .authenticationFailed)
        #expect(notOffered.amqp?.reason.contains("not EXTERNAL") == true, "\(String(describing: notOffered.amqp))")
        #expect(notOffered.amqp?.hint.contains("rabbitmq_auth_mechanism_ssl") == true)
        try await dc1.node.control(["delete_user", user])
    }

    /// Runs `body` while a node presents another certificate.
    private func changed(_ node: TLSNode, to server: String, _ body: () async throws -> Void) async throws {
        try await node.use(server: server)
        do {
            try await body()
        } catch {
            try await node.use(server: "server")
            throw error
        }
        try await node.use(server: "server")
    }
}
