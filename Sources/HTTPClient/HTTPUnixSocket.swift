#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A Unix socket, and whose process must listen at it.
package struct HTTPUnixSocket: Sendable, Hashable {
    /// The socket's absolute path.
    package var path: String
    /// The user whose process must listen there, which is checked before anything is sent.
    package var user: UInt32

    /// The longest path that every system can connect to: macOS has room for 103 bytes, Linux for 107.
    package static let longestPath = PeerCheckedSocket.longestPath

    /// Creates a socket whose listener must be a process of `user`: this process's own unless told.
    package init(path: String, user: UInt32 = geteuid()) {
        self.path = path
        self.user = user
    }
}
