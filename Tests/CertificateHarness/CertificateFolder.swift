import Foundation

/// A temporary folder in which the `openssl` command makes authorities and certificates, each in `NAME.pem` with its key
/// in `NAME.key`.
public struct CertificateFolder: Sendable {
    /// Where the files are.
    public let url: URL

    /// Makes an empty folder.
    public init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "ropeway-ca-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    /// The path of a file.
    public func path(_ file: String) -> String { url.appending(path: file).path }

    /// Puts the contents of one file into another at once, so that no reader sees half of it.
    public func copy(_ file: String, to other: String) throws {
        try Data(contentsOf: url.appending(path: file)).write(to: url.appending(path: other), options: .atomic)
    }

    /// Deletes the folder.
    public func remove() { try? FileManager.default.removeItem(at: url) }

    /// Makes an authority of that name.
    public func makeAuthority(_ name: String) throws {
        try openSSL([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "90",
            "-subj", "/CN=\(name)", "-keyout", "\(name).key", "-out", "\(name).pem",
        ])
    }

    /// Makes a certificate.
    ///
    /// It is signed with `openssl ca`, the one subcommand of OpenSSL 3.0 that takes both ends of the validity. By default
    /// that is 90 days, since RabbitMQ's own check warns a month before the end.
    ///
    /// - Parameters:
    ///   - file: what its files are called.
    ///   - subject: its distinguished name, `/CN=…`, with `/O=…` or without.
    ///   - extensions: lines of OpenSSL's configuration, such as `subjectAltName = DNS:localhost`.
    ///   - authority: the name of the authority that signs it.
    ///   - valid: from when to when, in the form `20200101000000Z`.
    public func issue(
        _ file: String,
        subject: String,
        extensions: [String],
        by authority: String = "authority",
        valid: (begins: String, ends: String)? = nil
    ) throws {
        let settings = """
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
            \(extensions.joined(separator: "\n"))

            """
        try Data(settings.utf8).write(to: url.appending(path: "\(file).cnf"))
        try Data().write(to: url.appending(path: "\(file).index"))
        let serial = String(UInt64.random(in: 0x1000_0000_0000_0000...0x7FFF_FFFF_FFFF_FFFF), radix: 16)
        try Data(serial.utf8).write(to: url.appending(path: "\(file).serial"))
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
    ///
    /// - Throws: ``Failure`` with what it said where it fails.
    public func openSSL(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.currentDirectoryURL = url
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let output = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(arguments: arguments, output: String(decoding: output, as: UTF8.self))
        }
    }

    /// The command failed.
    public struct Failure: Error {
        /// What it was to do.
        public let arguments: [String]
        /// What it said.
        public let output: String
    }
}
