import NIOCore
import NIOPosix

/// Where tests look for ports, each kind of listener in a range of its own: a listener that is away for a moment gets its
/// port back. Nodes have those from 22,000 on (`Scripts/broker`); all lie below the range that the kernel takes local ports
/// from (32,768 on).
public enum PortRange {
    /// Links, which give their port up while they are cut.
    public static let links = 10_000..<18_000
    /// Listeners of a node beside those that it gets from `Scripts/broker`.
    public static let listeners = 18_000..<20_000
    /// Daemons, and what nobody is to listen on.
    public static let daemons = 20_000..<22_000
}

/// A port on 127.0.0.1 that nobody listens on.
///
/// - Parameter range: where to look, of ``PortRange``, so that it stays free.
/// - Throws: ``HarnessError`` where fifty of them were taken.
public func freePort(in range: Range<Int>) async throws -> Int {
    for _ in 0..<50 {
        let port = Int.random(in: range)
        do {
            let channel = try await ServerBootstrap(group: NIOSingletons.posixEventLoopGroup)
                .bind(host: "127.0.0.1", port: port).get()
            try await channel.close()
            return port
        } catch {
            continue
        }
    }
    throw HarnessError("no free port on 127.0.0.1")
}
