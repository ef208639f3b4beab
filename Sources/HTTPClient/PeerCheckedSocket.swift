#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A connection to a Unix socket whose listener is looked at before a byte goes out.
enum PeerCheckedSocket {
    /// Why there is no connection.
    struct Failure: Error, Equatable {
        let code: HTTPClientError.Code
        let detail: String
    }

    /// The longest path that every system can connect to: macOS has room for 103 bytes, Linux for 107.
    static let longestPath = 103

    /// Checks that a process of the right user listens at the other end of a connection.
    static func check(_ descriptor: Int32, of socket: HTTPUnixSocket) throws(Failure) {
        guard let user = listener(of: descriptor) else { throw failure(errno) }
        guard user == socket.user else {
            throw Failure(code: .foreignListener, detail: "user \(user) listens there, not \(socket.user)")
        }
    }

    /// The user whose process listens at the other end.
    private static func listener(of descriptor: Int32) -> uid_t? {
        #if canImport(Darwin)
            var user = uid_t()
            var group = gid_t()
            return getpeereid(descriptor, &user, &group) == 0 ? user : nil
        #else
            // `struct ucred`: process, user, group.
            var credentials: (pid_t, uid_t, gid_t) = (0, 0, 0)
            var length = socklen_t(MemoryLayout.size(ofValue: credentials))
            guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0 else { return nil }
            return credentials.1
        #endif
    }

    private static func failure(_ code: Int32) -> Failure {
        let text = strerror(code).map { String(cString: $0) } ?? "error \(code)"
        return Failure(code: .foreignListener, detail: "who listens can't be found out: \(text)")
    }
}
