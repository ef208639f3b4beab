import Recovery
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
                code: "socket-in-use",
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
        guard chmod(self.preliminaryPath, 0o600) == 0, rename(self.preliminaryPath, self.place.path) == 0 else {
            throw self.place.unusable(SocketPlace.lastError())
        }
    }

    /// Takes the socket away; the place is free afterwards.
    func end() {
        guard !self.hasEnded.exchange(true, ordering: .sequentiallyConsistent) else { return }
        unlink(self.preliminaryPath)
        unlink(self.place.path)
        close(self.descriptor)
    }

    deinit { self.end() }
}
