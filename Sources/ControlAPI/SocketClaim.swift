import ControlModel
import ErrorCodes
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The right of one process to listen at a place: a lock that ends with the process, however it ends, so that the
/// socket of a dead daemon is replaced and that of a live one never is.
final class SocketClaim: Sendable {
    private let place: SocketPlace
    private let descriptor: Int32
    private let number: Int
    private let hasEnded = Atomic(false)
    /// Which file the socket is, once it is published: device and number.
    private let identity = Mutex<[UInt64]?>(nil)

    private static let last = Atomic(0)

    /// Takes the place.
    ///
    /// - Throws: ``OperationError`` where the place can't be used, or another daemon has it.
    init(_ place: SocketPlace) throws(OperationError) {
        try place.prepare()
        self.place = place
        self.number = Self.last.add(1, ordering: .relaxed).newValue
        self.descriptor = try Self.lock(place)
    }

    private static func lock(_ place: SocketPlace) throws(OperationError) -> Int32 {
        let descriptor = open("\(place.path).lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
        guard descriptor >= 0 else { throw place.unusable("its lock: \(SocketPlace.lastError())") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let isTaken = errno == EWOULDBLOCK
            let reason = SocketPlace.lastError()
            close(descriptor)
            guard isTaken else { throw place.unusable("its lock: \(reason)") }
            throw OperationError(
                .failed,
                code: .socketInUse,
                message: "another daemon listens at \(place.path)",
                hint: "stop the other daemon, or give this one its own api.socket"
            )
        }
        return descriptor
    }

    /// Under which name the socket is made, before it is ready to be found.
    var preliminaryPath: String { "\(self.place.directory)/.\(getpid()).\(self.number)" }

    /// Puts the socket that listens under its preliminary name to its place, in one step.
    func publish() throws(OperationError) {
        let identity = Self.identity(of: self.preliminaryPath)
        guard chmod(self.preliminaryPath, 0o600) == 0, rename(self.preliminaryPath, self.place.path) == 0 else {
            throw self.place.unusable(SocketPlace.lastError())
        }
        self.identity.withLock { $0 = identity }
    }

    /// Whether commands that look at the place find this socket there: somebody may have deleted or replaced it, or its
    /// directory.
    var isInPlace: Bool {
        guard let own = self.identity.withLock({ $0 }) else { return false }
        return own == Self.identity(of: self.place.path)
    }

    private static func identity(of path: String) -> [UInt64]? {
        var information = stat()
        guard lstat(path, &information) == 0 else { return nil }
        return [UInt64(truncatingIfNeeded: information.st_dev), UInt64(information.st_ino)]
    }

    /// Takes the socket away; the place is free afterwards. What is somebody else's by now is left.
    func end() {
        guard !self.hasEnded.exchange(true, ordering: .sequentiallyConsistent) else { return }
        unlink(self.preliminaryPath)
        if self.isInPlace { unlink(self.place.path) }
        close(self.descriptor)
    }

    /// What is wrong once the socket is not in its place any more.
    var lost: OperationError {
        OperationError(
            .failed,
            code: .socketLost,
            message: "the API's socket \(self.place.path) was deleted or replaced",
            hint: "find out by whom; it is made again"
        )
    }

    deinit { self.end() }
}
