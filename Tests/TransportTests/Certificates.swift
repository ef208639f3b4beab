import CertificateHarness
import Foundation

/// Authorities and certificates for tests, in a folder of their own.
struct Certificates {
    private let files: CertificateFolder

    init() throws {
        self.files = try CertificateFolder()
        try self.files.makeAuthority("authority")
        try self.files.makeAuthority("stranger")
        try self.issue("localhost", name: "DNS:localhost")
        try self.issue("address", name: "IP:127.0.0.1")
        try self.issue("elsewhere", name: "DNS:elsewhere.example")
        try self.issue("expired", name: "DNS:localhost", valid: ("20200101000000Z", "20210101000000Z"))
        try self.issue("future", name: "DNS:localhost", valid: ("20900101000000Z", "20910101000000Z"))
        try self.issue("client", name: "DNS:client")
        try Data("no certificate".utf8).write(to: self.files.url.appending(path: "garbage.pem"))
        try self.files.openSSL([
            "pkey", "-aes128", "-passout", "pass:secret", "-in", "client.key", "-out", "locked.key",
        ])
    }

    func remove() { self.files.remove() }

    func path(_ file: String) -> String { self.files.path(file) }

    /// Replaces one file by the contents of another.
    func copy(_ file: String, to other: String) throws { try self.files.copy(file, to: other) }

    private func issue(_ file: String, name: String, valid: (begins: String, ends: String)? = nil) throws {
        try self.files.issue(file, subject: "/CN=\(file)", extensions: ["subjectAltName = \(name)"], valid: valid)
    }
}
