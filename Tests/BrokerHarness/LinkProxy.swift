import NIOCore
import NIOPosix

/// A TCP link on 127.0.0.1 that a test can delay, stall and cut while connections lead through it, or that harms what
/// passes.
///
/// It has one thread of its own. What it holds in memory is bounded; a receiver that reads slowly slows its sender.
public final class LinkProxy: Sendable {
    /// Counts since the proxy was started.
    public struct Counts: Sendable, Equatable {
        /// Connections accepted, those of ``LinkMode/blackHole`` included.
        public var accepted = 0
        /// Connections that ``LinkDamage`` leaves unharmed.
        public var unharmed = 0
        /// Connections open now.
        public var open = 0
        /// Bytes passed on to the target.
        public var bytesToTarget = 0
        /// Bytes passed on to who connected.
        public var bytesToClient = 0
    }

    /// The port on 127.0.0.1 that leads to the target. It stays the same over ``LinkMode/cut``.
    public let port: Int

    private let group: MultiThreadedEventLoopGroup
    private let core: NIOLoopBound<LinkProxyCore>

    /// Starts a proxy in ``LinkMode/forward``.
    ///
    /// - Parameters:
    ///   - targetPort: a port on 127.0.0.1; nothing need listen there yet.
    ///   - damage: what happens to the bytes that pass; `nil` for nothing.
    /// - Throws: what binding a port threw.
    public static func start(to targetPort: Int, damage: LinkDamage? = nil) async throws -> LinkProxy {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        do {
            let (port, core) = try await loop.flatSubmit {
                let core = LinkProxyCore(loop: loop, targetPort: targetPort, damage: damage)
                let bound = NIOLoopBound(core, eventLoop: loop)
                return core.listen(attempts: 50).map { (bound.value.port, bound) }
            }.get()
            return LinkProxy(port: port, group: group, core: core)
        } catch {
            try await group.shutdownGracefully()
            throw error
        }
    }

    private init(port: Int, group: MultiThreadedEventLoopGroup, core: NIOLoopBound<LinkProxyCore>) {
        self.port = port
        self.group = group
        self.core = core
    }

    /// A test that failed before ``shutdown()`` leaves no thread and no port behind.
    deinit {
        let core = self.core
        // What lives on the loop is let go of only when the loop has ended.
        self.group.shutdownGracefully { _ in _ = core }
    }

    /// Changes what happens to open and new connections, and returns when it is so.
    ///
    /// - Throws: what binding threw, if the port was taken by another while the link was cut.
    public func setMode(_ mode: LinkMode) async throws {
        let core = self.core
        try await core.eventLoop.flatSubmit { core.value.setMode(mode) }.get()
    }

    /// Closes all connections that lead through the link; new ones are served.
    public func closeConnections() async throws {
        let core = self.core
        try await core.eventLoop.submit { core.value.closeConnections() }.get()
    }

    /// What has passed so far.
    public func counts() async throws -> Counts {
        let core = self.core
        return try await core.eventLoop.submit { core.value.counts }.get()
    }

    /// Closes everything and ends the proxy's thread.
    public func shutdown() async throws {
        try await self.setMode(.cut)
        try await self.group.shutdownGracefully()
    }
}
