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

/// The Unix socket through which commands of the daemon's user ask the daemon.
///
/// Its directory belongs to that user and nobody else can write to it, so that who listens there is the daemon, and who
/// asks there is that user or root. The kernel says the same of both ends, and both ends look.
package struct SocketPlace: Sendable, Equatable {
    /// Where the socket is.
    package let path: String
    /// Whose directory and socket it must be.
    package let user: UInt32

    /// The longest path that can be listened on under another name first, on every system.
    static let longestPath = APIConfiguration.longestSocketPath

    /// Creates a place that must be of `user`: this process's own unless told.
    package init(path: String, user: UInt32 = geteuid()) {
        self.path = path
        self.user = user
    }

    /// Where a daemon listens: the configuration's `api.socket`, or else `<pair>.<port>.sock` in systemd's runtime
    /// directory, in `$ROPEWAY_STATE`, in `/run/ropeway` if that is this user's, or in `~/.local/state/ropeway`.
    ///
    /// The port of `api.listen` keeps several daemons of a pair on one machine apart.
    package static func ofDaemon(
        _ configuration: PairConfiguration,
        environment: [String: String]
    ) throws(OperationError) -> SocketPlace {
        if let place = Self.candidates(configuration, environment: environment).first { return place }
        throw OperationError(
            .failed,
            code: .noStateDirectory,
            message: "there is no place for the API's socket: neither ROPEWAY_STATE nor HOME is set",
            hint: "set ROPEWAY_STATE to a directory of this user, or give api.socket in the configuration"
        )
    }

    /// Where a command finds the daemon: the first of the daemon's places that has something, or `nil`.
    package static func found(
        _ configuration: PairConfiguration,
        environment: [String: String]
    ) -> SocketPlace? {
        Self.candidates(configuration, environment: environment).first { place in
            var information = stat()
            return lstat(place.path, &information) == 0 || errno != ENOENT && errno != ENOTDIR
        }
    }

    static func candidates(_ configuration: PairConfiguration, environment: [String: String]) -> [SocketPlace] {
        if let path = configuration.api.socket { return [SocketPlace(path: path)] }
        let port = configuration.api.listen.map { ".\($0.port)" } ?? ""
        var directories: [String] = []
        if let runtime = environment["RUNTIME_DIRECTORY"]?.split(separator: ":").first {
            directories.append(String(runtime))
        }
        if let state = environment["ROPEWAY_STATE"], !state.isEmpty { directories.append(state) }
        if Self.isOwnDirectory(Self.systemDirectory) { directories.append(Self.systemDirectory) }
        if let home = environment["HOME"], !home.isEmpty { directories.append("\(home)/.local/state/ropeway") }
        return directories.map { SocketPlace(path: "\($0)/\(configuration.name)\(port).sock") }
    }

    private static let systemDirectory = "/run/ropeway"

    private static func isOwnDirectory(_ path: String) -> Bool {
        var information = stat()
        return lstat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
            && information.st_uid == geteuid()
    }

    /// The directory of the socket.
    var directory: String {
        guard let slash = self.path.lastIndex(of: "/") else { return "." }
        return slash == self.path.startIndex ? "/" : String(self.path[..<slash])
    }

    /// Looks whether a command may believe what listens there, before it connects.
    ///
    /// - Throws: ``OperationError`` where it may not.
    package func check() throws(OperationError) {
        try self.checkDirectory()
        var information = stat()
        guard lstat(self.path, &information) == 0 else { throw self.unusable(Self.lastError()) }
        guard information.st_mode & S_IFMT == S_IFSOCK else { throw self.unusable("it is not a socket") }
        guard information.st_uid == self.user else { throw self.foreign("it belongs to user \(information.st_uid)") }
    }

    /// Looks whether a daemon of this user could listen there, and changes nothing; a directory that is not there would be
    /// made.
    ///
    /// - Throws: ``OperationError`` where it could not.
    package func checkUsable() throws(OperationError) {
        try self.checkLength()
        var information = stat()
        if stat(self.directory, &information) != 0, errno == ENOENT { return }
        try self.checkDirectory()
        try self.checkReplaceable()
    }

    /// Makes the directory, and those above it, for this user only; refuses one that others can write to.
    func prepare() throws(OperationError) {
        try self.checkLength()
        var path = self.directory.hasPrefix("/") ? "" : "."
        for part in self.directory.split(separator: "/") {
            path += "/\(part)"
            if mkdir(path, 0o700) != 0 && ![EEXIST, EISDIR, EROFS, EACCES].contains(errno) {
                throw self.unusable("\(path) can't be made: \(Self.lastError())")
            }
        }
        try self.checkDirectory()
        try self.checkReplaceable()
    }

    /// What is there is replaced, so it may only be a socket: one that a daemon left behind.
    private func checkReplaceable() throws(OperationError) {
        var information = stat()
        guard lstat(self.path, &information) == 0 else { return }
        guard information.st_mode & S_IFMT == S_IFSOCK else {
            throw self.unusable("what is there is no socket, and is left alone")
        }
    }

    private func checkLength() throws(OperationError) {
        guard self.path.utf8.count <= Self.longestPath else {
            throw self.unusable("its path has more than \(Self.longestPath) bytes")
        }
    }

    private func checkDirectory() throws(OperationError) {
        var information = stat()
        guard stat(self.directory, &information) == 0 else {
            let code = errno
            let reason = "\(self.directory) can't be used: \(Self.text(code))"
            throw code == EACCES ? self.foreign(reason) : self.unusable(reason)
        }
        guard information.st_mode & S_IFMT == S_IFDIR else {
            throw self.unusable("\(self.directory) is not a directory")
        }
        guard information.st_uid == self.user else {
            throw self.foreign("\(self.directory) belongs to user \(information.st_uid)")
        }
        guard information.st_mode & 0o022 == 0 else {
            throw self.unusable("other users can write to \(self.directory)")
        }
    }

    func unusable(_ reason: String) -> OperationError {
        OperationError(
            .failed,
            code: .socketUnusable,
            message: "the API's socket \(self.path) can't be used: \(reason)",
            hint: "give api.socket a path of at most \(Self.longestPath) bytes in a directory that only this user can"
                + " write to"
        )
    }

    private func foreign(_ reason: String) -> OperationError {
        OperationError(
            .failed,
            code: .socketForeign,
            message: "the API's socket \(self.path) is not one of this user's: \(reason)",
            hint: "run this as the daemon's user, ask the daemon with --api URL, or work without it with --no-daemon"
        )
    }

    static func lastError() -> String { Self.text(errno) }

    private static func text(_ code: Int32) -> String {
        strerror(code).map { String(cString: $0) } ?? "error \(code)"
    }
}
