import Foundation

/// Authorities and certificates for tests, made by the `openssl` command in a folder of its own.
struct Certificates {
    let folder: URL

    init() throws {
        self.folder = FileManager.default.temporaryDirectory
            .appending(path: "transport-tests-\(UUID().uuidString)", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
        try self.makeAuthority("authority")
        try self.makeAuthority("stranger")
        try self.issue("localhost", name: "DNS:localhost")
        try self.issue("address", name: "IP:127.0.0.1")
        try self.issue("elsewhere", name: "DNS:elsewhere.example")
        try self.issue("expired", name: "DNS:localhost", begins: "20200101000000Z", ends: "20210101000000Z")
        try self.issue("future", name: "DNS:localhost", begins: "20900101000000Z", ends: "20910101000000Z")
        try self.issue("client", name: "DNS:client")
        try Data("no certificate".utf8).write(to: self.folder.appending(path: "garbage.pem"))
        try self.openssl(["pkey", "-aes128", "-passout", "pass:secret", "-in", "client.key", "-out", "locked.key"])
    }

    func remove() {
        try? FileManager.default.removeItem(at: self.folder)
    }

    func path(_ file: String) -> String {
        self.folder.appending(path: file).path
    }

    /// Replaces one file by the contents of another.
    func copy(_ file: String, to other: String) throws {
        try Data(contentsOf: self.folder.appending(path: file)).write(to: self.folder.appending(path: other))
    }

    private func makeAuthority(_ name: String) throws {
        try self.openssl([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
            "-subj", "/CN=\(name)",
            "-keyout", "\(name).key", "-out", "\(name).pem",
        ])
    }

    /// Signs with `ca`, the one subcommand of OpenSSL 3.0 that takes both ends of the validity.
    private func issue(_ file: String, name: String, begins: String? = nil, ends: String? = nil) throws {
        let settings = """
            [ca]
            default_ca = tests
            [tests]
            database = \(file).index
            serial = \(file).serial
            new_certs_dir = .
            certificate = authority.pem
            private_key = authority.key
            default_md = sha256
            default_days = 30
            policy = anything
            x509_extensions = extensions
            [anything]
            commonName = supplied
            [extensions]
            subjectAltName = \(name)
            """
        try Data(settings.utf8).write(to: self.folder.appending(path: "\(file).cnf"))
        try Data().write(to: self.folder.appending(path: "\(file).index"))
        let serial = String(UInt64.random(in: 1 << 60...UInt64.max >> 1), radix: 16)
        try Data((serial.count % 2 == 0 ? serial : "0" + serial).utf8)
            .write(to: self.folder.appending(path: "\(file).serial"))
        try self.openssl([
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=\(file)",
            "-keyout", "\(file).key",
            "-out", "\(file).csr",
        ])
        var arguments = [
            "ca", "-batch", "-notext", "-config", "\(file).cnf", "-in", "\(file).csr", "-out", "\(file).pem",
        ]
        if let begins, let ends { arguments += ["-startdate", begins, "-enddate", ends] }
        try self.openssl(arguments)
    }

    private func openssl(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.currentDirectoryURL = self.folder
        process.standardOutput = FileHandle.nullDevice
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let output = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw OpenSSLFailure(arguments: arguments, output: String(decoding: output, as: UTF8.self))
        }
    }

    struct OpenSSLFailure: Error {
        let arguments: [String]
        let output: String
    }
}
