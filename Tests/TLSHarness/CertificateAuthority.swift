import CertificateHarness
import Foundation

/// Certificates for one test process, made with the `openssl` command in a temporary folder within a second or two.
///
/// | file (`.pem` and `.key`) | what it is |
/// |---|---|
/// | `authority` | the authority that everyone trusts at first |
/// | `stranger` | one that nobody trusts |
/// | `successor` | the one that replaces `authority` in a rotation |
/// | `server` | a broker's, for `localhost` and 127.0.0.1 |
/// | `expired`, `elsewhere` | as `server`, but out of date; but for `broker.example` |
/// | `next-server` | as `server`, by `successor` |
/// | `client`, `strange-client`, `next-client` | for the user `relay`; by `authority`, `stranger`, `successor` |
/// | `nobody` | for a user that does not exist |
public struct CertificateAuthority: Sendable {
    private let files: CertificateFolder

    /// Makes all of them.
    ///
    /// - Throws: `CertificateFolder.Failure` where `openssl` fails.
    public init() throws {
        files = try CertificateFolder()
        for name in ["authority", "stranger", "successor"] { try files.makeAuthority(name) }
        let here = "DNS:localhost,IP:127.0.0.1"
        try issue("server", subject: "/CN=broker", names: here)
        try issue("next-server", subject: "/CN=broker/O=next", names: here, by: "successor")
        try issue("elsewhere", subject: "/CN=broker", names: "DNS:broker.example")
        try issue("expired", subject: "/CN=broker", names: here, valid: ("20200101000000Z", "20210101000000Z"))
        try issue("client", subject: "/CN=relay")
        try issue("nobody", subject: "/CN=nobody")
        try issue("strange-client", subject: "/CN=relay", by: "stranger")
        try issue("next-client", subject: "/CN=relay/O=next", by: "successor")
    }

    /// Where the files are.
    public var folder: URL { files.url }

    /// The path of a file.
    public func path(_ file: String) -> String { files.path(file) }

    /// Puts the contents of one file into another at once, so that no reader sees half of it.
    public func copy(_ file: String, to other: String) throws { try files.copy(file, to: other) }

    /// Runs `openssl` in the folder.
    public func openSSL(_ arguments: [String]) throws { try files.openSSL(arguments) }

    /// A broker's certificate where it has names, else a client's.
    private func issue(
        _ file: String,
        subject: String,
        names: String? = nil,
        by authority: String = "authority",
        valid: (begins: String, ends: String)? = nil
    ) throws {
        var extensions = ["extendedKeyUsage = \(names == nil ? "clientAuth" : "serverAuth")"]
        if let names { extensions.append("subjectAltName = \(names)") }
        try files.issue(file, subject: subject, extensions: extensions, by: authority, valid: valid)
    }
}
