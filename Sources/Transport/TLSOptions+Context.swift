import Files
import NIOCore
import NIOPosix
import NIOSSL

@_exported import struct TLSDiagnosis.TLSOptions

extension TLSOptions {
    /// Reads the files and builds the context of one connect.
    ///
    /// Both happen on the thread pool for blocking work: a file may lie on a slow disk, and loading the system's
    /// authorities takes milliseconds, which neither an event loop nor the cooperative pool should spend.
    func makeContext() async throws(TransportError) -> NIOSSLContext {
        do {
            return try await NIOSingletons.posixBlockingThreadPool.runIfActive { try self.readContext() }
        } catch let error as TransportError {
            throw error
        } catch is CancellationError {
            throw TransportError(code: .cancelled, attempted: Self.attempted, reason: "it was cancelled")
        } catch {
            throw TransportError(code: .tlsFailed, attempted: Self.attempted, reason: String(describing: error))
        }
    }

    private static let attempted = "prepare TLS"

    /// What keeps the files from being used, found without a connection: for a check of a configuration.
    ///
    /// It reads files, so it belongs neither on an event loop nor into a hot path.
    public func fileProblems() -> [TLSFileProblem] {
        var problems: [TLSFileProblem] = []
        func check(_ file: TLSFileProblem.File, _ path: String?, _ read: (String) throws -> Void) {
            guard let path else { return }
            do {
                try read(path)
            } catch let error as TransportError {
                problems.append(TLSFileProblem(file: file, path: path, reason: error.reason, hint: error.hint))
            } catch {
                problems.append(TLSFileProblem(file: file, path: path, reason: "\(error)", hint: "check the file"))
            }
        }
        check(.authority, self.certificateAuthorityPath) { _ = try Self.certificates(path: $0) }
        check(.certificate, self.certificatePath) { _ = try Self.certificates(path: $0) }
        check(.key, self.keyPath) { _ = try Self.key(path: $0) }
        guard problems.isEmpty, self.certificatePath != nil else { return problems }
        check(.key, self.keyPath) { _ in _ = try self.readContext() }
        return problems
    }

    private func readContext() throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = self.minimumVersion == .tls13 ? .tlsv13 : .tlsv12

        if let path = self.certificateAuthorityPath {
            configuration.trustRoots = .certificates(try Self.certificates(path: path))
        }
        switch (self.certificatePath, self.keyPath) {
        case (let certificatePath?, let keyPath?):
            let chain = try Self.certificates(path: certificatePath)
            configuration.certificateChain = chain.map { .certificate($0) }
            configuration.privateKey = .privateKey(try Self.key(path: keyPath))
        case (nil, nil):
            break
        case (_?, nil), (nil, _?):
            throw TransportError(
                code: .tlsOptionsInvalid,
                attempted: Self.attempted,
                reason: "a client certificate and its key are only useful together, and one of them is missing",
                hint: "name both files, or none"
            )
        }

        do {
            return try NIOSSLContext(configuration: configuration)
        } catch NIOSSLError.failedToLoadPrivateKey {
            // Both files were read and understood by now, so what failed is the comparison of the two.
            throw TransportError(
                code: .tlsOptionsInvalid,
                attempted: Self.attempted,
                reason:
                    "the key in \(self.keyPath ?? "") is not that of the certificate in \(self.certificatePath ?? "")",
                hint: "name the key that the certificate was requested with"
            )
        } catch {
            throw TransportError(
                code: .tlsOptionsInvalid,
                attempted: Self.attempted,
                reason: String(describing: error)
            )
        }
    }

    private static func certificates(path: String) throws -> [NIOSSLCertificate] {
        let bytes = try Self.read(path)
        if let certificates = try? NIOSSLCertificate.fromPEMBytes(bytes), !certificates.isEmpty {
            return certificates
        }
        throw Self.unreadable(path, PEMContent(bytes).reason(unlike: .certificate))
    }

    private static func key(path: String) throws -> NIOSSLPrivateKey {
        let bytes = try Self.read(path)
        let content = PEMContent(bytes)
        // Checked before the library sees it, which would ask for the passphrase on the terminal.
        if content.isEncrypted {
            throw Self.unreadable(path, "the key is protected by a passphrase, which is not supported")
        }
        guard let key = try? NIOSSLPrivateKey(bytes: bytes, format: .pem) else {
            throw Self.unreadable(path, content.reason(unlike: .key))
        }
        return key
    }

    /// The most that a file of certificates may have: the authorities of a whole system take a quarter of it.
    private static var mostBytes: Int { 1 << 20 }

    private static func read(_ path: String) throws -> [UInt8] {
        do {
            return try RegularFile.read(path: path, limit: Self.mostBytes)
        } catch {
            throw Self.unreadable(path, "\(error)")
        }
    }

    private static func unreadable(_ path: String, _ reason: String) -> TransportError {
        TransportError(
            code: .certificateFileUnreadable,
            attempted: "use the TLS file \(path)",
            reason: reason
        )
    }
}
