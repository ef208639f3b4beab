import ControlModel
import ErrorCodes
import RopewayConfiguration

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The file through which a daemon without a configured token tells the command line of the same user its token.
///
/// It is `<pair>.token` in `$ROPEWAY_STATE`, else in `~/.local/state/ropeway`: a place that other users can't write to
/// and that outlives a session, unlike the runtime directory. Who may read it may promote.
package struct TokenFile: Sendable {
    /// Where it is.
    package let path: String
    private let directory: String

    /// How many characters a token has: 256 random bits in hexadecimal.
    static let length = 64

    /// Finds the place.
    ///
    /// - Throws: ``OperationError`` when neither `ROPEWAY_STATE` nor `HOME` is set.
    package init(pair: String, environment: [String: String]) throws(OperationError) {
        if let state = environment["ROPEWAY_STATE"], !state.isEmpty {
            self.directory = state
        } else if let home = environment["HOME"], !home.isEmpty {
            self.directory = "\(home)/.local/state/ropeway"
        } else {
            throw OperationError(
                .failed,
                code: .noStateDirectory,
                message: "there is no place for the API's token: neither ROPEWAY_STATE nor HOME is set",
                hint: "set ROPEWAY_STATE to a directory of this user, or give api.token in the configuration"
            )
        }
        self.path = "\(self.directory)/\(pair).token"
    }

    /// The token in the file; one that is there already is kept, so that several daemons of a user can share it.
    ///
    /// - Throws: ``OperationError`` when the place can't be used or is open to other users.
    package func obtain() throws(OperationError) -> Secret {
        try self.prepareDirectory()
        if let token = try self.read() { return token }
        let token = Self.random()
        try self.write(token)
        // Another daemon may have been faster: what is in the file is what counts.
        return try self.read() ?? token
    }

    /// The token in the file, or `nil` if there is no file.
    ///
    /// - Throws: ``OperationError`` when the file is not a token of this user that only this user can read.
    package func read() throws(OperationError) -> Secret? {
        let descriptor = open(self.path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw self.unusable(Self.lastError())
        }
        defer { _ = close(descriptor) }
        var information = stat()
        guard fstat(descriptor, &information) == 0 else { throw self.unusable(Self.lastError()) }
        guard information.st_mode & S_IFMT == S_IFREG else { throw self.unusable("it is not a file") }
        guard information.st_uid == geteuid() else { throw self.unusable("it belongs to another user") }
        guard information.st_mode & 0o077 == 0 else { throw self.unusable("other users can open it") }

        var bytes = [UInt8](repeating: 0, count: Self.length + 2)
        let count = bytes.withUnsafeMutableBytes { systemRead(descriptor, $0.baseAddress, $0.count) }
        var token = bytes.prefix(max(0, count))
        if token.last == UInt8(ascii: "\n") { token.removeLast() }
        guard token.count == Self.length, token.allSatisfy({ Self.digits.contains($0) }) else {
            throw self.unusable("it holds no token")
        }
        return Secret(String(decoding: token, as: UTF8.self))
    }

    private static let digits = Array("0123456789abcdef".utf8)

    private static func random() -> Secret {
        var generator = SystemRandomNumberGenerator()
        let characters = (0..<Self.length).map { _ in
            Self.digits[Int(generator.next(upperBound: UInt(Self.digits.count)))]
        }
        return Secret(String(decoding: characters, as: UTF8.self))
    }

    /// Makes the directory, and those above it, for this user only; refuses one that others can write to.
    private func prepareDirectory() throws(OperationError) {
        var path = self.directory.hasPrefix("/") ? "" : "."
        for part in self.directory.split(separator: "/") {
            path += "/\(part)"
            if mkdir(path, 0o700) != 0 && errno != EEXIST && errno != EISDIR && errno != EROFS && errno != EACCES {
                throw self.unusable("\(path) can't be made: \(Self.lastError())")
            }
        }
        var information = stat()
        guard stat(self.directory, &information) == 0 else {
            throw self.unusable("\(self.directory) can't be used: \(Self.lastError())")
        }
        guard information.st_mode & S_IFMT == S_IFDIR else {
            throw self.unusable("\(self.directory) is not a directory")
        }
        guard information.st_uid == geteuid(), information.st_mode & 0o022 == 0 else {
            throw self.unusable("other users can write to \(self.directory)")
        }
    }

    /// Writes under another name and links it to its own, so that no reader sees half a token and no daemon replaces
    /// the token of another.
    private func write(_ token: Secret) throws(OperationError) {
        let temporary = "\(self.path).\(getpid())"
        _ = unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw self.unusable(Self.lastError()) }
        defer { _ = unlink(temporary) }
        let bytes = Array("\(token.exposed)\n".utf8)
        // The mode that was asked for passes through the umask, which may have taken this user's own rights.
        let isWritten =
            fchmod(descriptor, 0o600) == 0
            && bytes.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) } == bytes.count
            && fsync(descriptor) == 0
        let reason = Self.lastError()
        guard close(descriptor) == 0, isWritten else { throw self.unusable(reason) }
        guard link(temporary, self.path) == 0 || errno == EEXIST else { throw self.unusable(Self.lastError()) }
    }

    private func unusable(_ reason: String) -> OperationError {
        OperationError(
            .failed,
            code: .tokenFileUnusable,
            message: "the API's token file \(self.path) can't be used: \(reason)",
            hint: "remove it, set ROPEWAY_STATE to a directory of this user, or give api.token in the configuration"
        )
    }

    private static func lastError() -> String {
        let code = errno
        guard let text = strerror(code) else { return "error \(code)" }
        return String(cString: text)
    }
}

// `read` and `write` are methods of the type above, which hide the system's.
private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    read(descriptor, buffer, count)
}

private func systemWrite(_ descriptor: Int32, _ buffer: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, buffer, count)
}
