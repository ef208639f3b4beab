import BrokerHarness
import Foundation
import RopewayHarness
import TLSHarness
import Testing

/// The whole program over TLS, while passwords and certificates change under it.
@Suite("Rotation with real brokers", .serialized, .timeLimit(.minutes(3)))
struct RotationTests {
    private let dc1: TLSNode
    private let dc2: TLSNode

    init() async throws {
        (dc1, dc2) = try await SharedTLSPair.get()
    }

    /// Has both brokers present another certificate and trust other clients.
    private func present(server: String, clientsOf authority: String) async throws {
        async let first: Void = dc1.use(server: server, clientsOf: authority)
        async let second: Void = dc2.use(server: server, clientsOf: authority)
        _ = try await (first, second)
    }

    @Test(
        "given a daemon that relays over TLS, when passwords, certificates and authorities are replaced, then it goes on"
    )
    func rotation() async throws {
        // Given
        let here = try await Premises.make(dc1, dc2, user: "rotating", passwords: ["first-1d7f", "first-9b2c"])
        let daemon = try here.ropeway.run()
        try await here.ropeway.untilRunning()
        try await here.publish(50)
        try await here.untilStored(50)

        // When the brokers get other passwords, the files follow, and the connections end
        try await here.setPasswords(["second-55ae", "second-c04f"])
        try await here.closeConnections()
        try await here.publish(50)

        // Then messages go on, and both doors of both sites are open: nobody told the daemon
        try await here.untilStored(100)
        try await here.untilHealthy()

        do {
            // When the brokers move to another authority, the files follow, and the connections end
            try await present(server: "next-server", clientsOf: "successor")
            try here.take(authority: "successor", client: "next-client")
            try await here.closeConnections()
            try await here.publish(50)

            // Then each new connection goes by the new files
            try await here.untilStored(150)
            try await here.untilHealthy()
            try await here.untilClients(are: "O=next,CN=relay")
            try await present(server: "server", clientsOf: "authority")
        } catch {
            try await present(server: "server", clientsOf: "authority")
            throw error
        }

        // When it is told to look again (SIGHUP) at a file that is no certificate, then the old configuration stays
        try Data("garbage".utf8).write(to: here.ropeway.folder.appending(path: "ca.pem"), options: .atomic)
        daemon.signal(SIGHUP)
        try await eventually(within: .seconds(10), "the file is named") {
            let log = try daemon.errorOutput()
            return log.contains("the old one stays in force") && log.contains("it holds no certificate in PEM form")
        }

        // When they move back, and the daemon is told to look again
        try here.take(authority: "authority", client: "client")
        daemon.signal(SIGHUP)

        // Then it connects again by itself, with the files as they are now
        try await here.untilClients(are: "CN=relay")
        try await here.publish(50)
        try await here.untilStored(200)
        #expect(daemon.isRunning)

        // And nothing that it wrote holds a password
        daemon.terminate()
        #expect(try await daemon.wait(within: .seconds(20)) == .status(0))
        let written = try daemon.output() + daemon.errorOutput()
        #expect(written.contains("the configuration was read again"))
        for secret in here.secrets { #expect(!written.contains(secret)) }
    }

    @Test("given a broker whose password changes before the file, when the file follows, then the daemon comes back")
    func passwordFirst() async throws {
        // Given
        let here = try await Premises.make(dc1, dc2, user: "hurried", passwords: ["first-77aa", "first-88bb"])
        let daemon = try here.ropeway.run()
        try await here.ropeway.untilRunning()

        // When the connections end while the files still hold the old passwords
        try await here.setPasswords(["second-11cc", "second-22dd"], inFiles: false)
        try await here.closeConnections()

        // Then the sites are unauthorised, which is neither unreachable nor healthy, and the log says what to do
        try await eventually(within: .seconds(20), "both sites are unauthorized") {
            let sites = try await here.ropeway.status().sites
            return sites.dc1.health.string == "unauthorized" && sites.dc2.health.string == "unauthorized"
        }

        // And once the files follow, everything runs again
        try here.writePasswords()
        try await here.publish(20)
        try await here.untilStored(20)
        try await here.untilHealthy()
        daemon.terminate()
        #expect(try await daemon.wait(within: .seconds(20)) == .status(0))
        let written = try daemon.output() + daemon.errorOutput()
        for secret in here.secrets { #expect(!written.contains(secret)) }
    }
}
