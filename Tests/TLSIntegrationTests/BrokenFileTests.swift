import BrokerHarness
import Foundation
import RopewayHarness
import TLSHarness
import Testing

/// Files that can't be used are mistakes of the configuration: found before anything is connected to.
@Suite("Broken certificate files", .timeLimit(.minutes(2)))
struct BrokenFileTests {
    private static let authority = Result { try CertificateAuthority() }

    @Test(
        "given a file that is missing, empty, or something else, when the program starts, then it names key and file",
        arguments: [
            ("{ca: FOLDER/none.pem}", "sites.dc1.tls.ca", "none.pem", "no such file"),
            ("{ca: FOLDER/empty.pem}", "sites.dc1.tls.ca", "empty.pem", "empty"),
            ("{ca: FOLDER/client.csr}", "sites.dc1.tls.ca", "client.csr", "no certificate in PEM form"),
            ("{ca: FOLDER/authority.key}", "sites.dc1.tls.ca", "authority.key", "a private key, not a certificate"),
            ("{ca: FOLDER/client.der}", "sites.dc1.tls.ca", "client.der", "DER"),
            ("{ca: FOLDER}", "sites.dc1.tls.ca", "ropeway-ca", "not a regular file"),
            (
                "{certificate: FOLDER/client.pem, key: FOLDER/server.key}", "sites.dc1.tls.key", "server.key",
                "not that of the certificate"
            ),
            (
                "{certificate: FOLDER/client.pem, key: FOLDER/locked.key}", "sites.dc1.tls.key", "locked.key",
                "passphrase"
            ),
            (
                "{certificate: FOLDER/client.key, key: FOLDER/client.pem}", "sites.dc1.tls.certificate", "client.key",
                "a private key, not a certificate"
            ),
        ]
    )
    func named(tls: String, key: String, file: String, says: String) async throws {
        let authority = try Self.authority.get()
        try Data().write(to: authority.folder.appending(path: "empty.pem"))
        try authority.openSSL(["x509", "-in", "client.pem", "-outform", "der", "-out", "client.der"])
        try authority.openSSL(["pkey", "-aes128", "-passout", "pass:secret", "-in", "client.key", "-out", "locked.key"])
        var site = SiteAddress(amqpPorts: [1], managementPorts: [2])
        site.tls = tls.replacing("FOLDER", with: authority.folder.path)
        let ropeway = try await RopewayProcess.make(
            dc1: site,
            dc2: SiteAddress(amqpPorts: [3], managementPorts: [4])
        )
        for command in ["check", "run"] {
            try ropeway.write()
            let child = try ropeway.start([command])
            let exit = try await child.wait(within: .seconds(10))
            let errors = try child.errorOutput()
            #expect(exit == .status(64), "\(errors)")
            #expect(errors.contains("ropeway.yaml:"), "\(errors)")
            #expect(errors.contains(key) && errors.contains(file) && errors.contains(says), "\(errors)")
            #expect(!errors.contains("PRIVATE KEY-----"))
        }
    }
}
