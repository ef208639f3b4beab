import NIOCore
import NIOPosix

/// The part of a ``LinkProxy`` that lives on its event loop: the listener, the connections and the mode.
final class LinkProxyCore {
    let loop: any EventLoop
    let targetPort: Int
    let damage: LinkDamage?
    private(set) var port = 0
    private(set) var mode = LinkMode.forward
    var counts: LinkProxy.Counts {
        var counts = self.passed
        counts.open = self.connections.count
        return counts
    }

    var passed = LinkProxy.Counts()
    private var connections: [ObjectIdentifier: LinkConnection] = [:]
    private var listener: (any Channel)?

    init(loop: any EventLoop, targetPort: Int, damage: LinkDamage?) {
        self.loop = loop
        self.targetPort = targetPort
        self.damage = damage
    }

    /// Opens the listener on the port it had before or, the first time, on a free one.
    ///
    /// The port is picked from a range of its own, below that from which the kernel takes the local ports of outgoing
    /// connections, so that nobody else takes it while the link is cut.
    func listen(attempts: Int) -> EventLoopFuture<Void> {
        let candidate = self.port == 0 ? Int.random(in: PortRange.links) : self.port
        let bound = NIOLoopBound(self, eventLoop: self.loop)
        return ServerBootstrap(group: self.loop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: LinkEnd.writeBuffer)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try bound.value.accept(channel) }
            }
            .bind(host: "127.0.0.1", port: candidate)
            .map { channel in
                bound.value.listener = channel
                bound.value.port = candidate
            }
            .flatMapError { error in
                let core = bound.value
                guard core.port == 0, attempts > 1 else { return core.loop.makeFailedFuture(error) }
                return core.listen(attempts: attempts - 1)
            }
    }

    func setMode(_ mode: LinkMode) -> EventLoopFuture<Void> {
        self.mode = mode
        if mode == .cut {
            self.closeConnections()
            guard let listener = self.listener else { return self.loop.makeSucceededVoidFuture() }
            self.listener = nil
            return listener.close()
        }
        for connection in self.connections.values {
            connection.modeChanged()
        }
        guard self.listener == nil else { return self.loop.makeSucceededVoidFuture() }
        return self.listen(attempts: 1)
    }

    func closeConnections() {
        for connection in self.connections.values {
            connection.close()
        }
    }

    func remove(_ connection: LinkConnection) {
        self.connections[ObjectIdentifier(connection)] = nil
    }

    private func accept(_ channel: any Channel) throws {
        self.passed.accepted += 1
        guard self.mode != .cut else {
            channel.close(promise: nil)
            return
        }
        let connection = LinkConnection(core: self)
        self.connections[ObjectIdentifier(connection)] = connection
        try channel.pipeline.syncOperations.addHandler(connection.client)
        connection.modeChanged()
    }
}
