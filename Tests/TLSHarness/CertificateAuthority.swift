import BrokerHarness
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
    /// Where the files are.
    public let folder: URL

    /// Makes all of them.
    ///
    /// - Throws: ``HarnessError`` where `openssl` fails.
    public init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "ropeway-ca-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for name in ["authority", "stranger", "successor"] { try makeAuthority(name) }
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

    /// The path of a file.
    public func path(_ file: String) -> String { folder.appending(path: file).path }

    /// Puts the contents of one file into another at once, so that no reader sees half of it.
    public func copy(_ file: String, to other: String) throws {
        try Data(contentsOf: folder.appending(path: file)).write(to: folder.appending(path: other), options: .atomic)
    }

    private func makeAuthority(_ name: String) throws {
        try openSSL([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "90",
            "-subj", "/CN=\(name)", "-keyout", "\(name).key", "-out", "\(name).pem",
        ])
    }

    /// Signs with `openssl ca`, the one subcommand of OpenSSL 3.0 that takes both ends of the validity. By default that is
    /// 90 days, since RabbitMQ's own check warns a month before the end.
    private func issue(
        _ file: String,
        subject: String,
        names: String? = nil,
        by authority: String = "authority",
        valid: (begins: String, ends: String)? = nil
    ) throws {
        var settings = """
            [ca]
            default_ca = tests
            [tests]
            database = \(file).index
            serial = \(file).serial
            new_certs_dir = .
            certificate = \(authority).pem
            private_key = \(authority).key
            default_md = sha256
            default_days = 90
            policy = anything
            x509_extensions = extensions
            [anything]
            commonName = supplied
            organizationName = optional
            [extensions]
            extendedKeyUsage = \(names == nil ? "clientAuth" : "serverAuth")

            """
        if let names { settings += "subjectAltName = \(names)\n" }
        try Data(settings.utf8).write(to: folder.appending(path: "\(file).cnf"))
        try Data().write(to: folder.appending(path: "\(file).index"))
        let serial = String(UInt64.random(in: 0x1000_0000_0000_0000...0x7FFF_FFFF_FFFF_FFFF), radix: 16)
        try Data(serial.utf8).write(to: folder.appending(path: "\(file).serial"))
        try openSSL([
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", subject,
            "-keyout", "\(file).key", "-out", "\(file).csr",
        ])
        var arguments = [
            "ca", "-batch", "-notext", "-config", "\(file).cnf", "-in", "\(file).csr", "-out", "\(file).pem",
        ]
        if let valid { arguments += ["-startdate", valid.begins, "-enddate", valid.ends] }
        try openSSL(arguments)
    }

    /// Runs the command in the folder.
    public func openSSL(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.currentDirectoryURL = folder
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let output = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw HarnessError("openssl \(arguments.first ?? ""): \(String(decoding: output, as: UTF8.self))")
        }
    }
}
