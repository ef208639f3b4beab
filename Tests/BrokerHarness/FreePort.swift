import NIOCore
import NIOPosix

/// A port on 127.0.0.1 that nobody listens on.
///
/// - Parameter range: where to look, below the range that the kernel takes local ports from (32,768 on), so that it stays
///   free.
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
