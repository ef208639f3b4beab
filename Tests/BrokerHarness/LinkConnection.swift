import NIOCore
import NIOPosix

/// One accepted connection, the connection to the target that belongs to it, and the two ways between them.
final class LinkConnection {
    let client: LinkEnd
    let target: LinkEnd
    private let core: LinkProxyCore
    private let toTarget: LinkFlow
    private let toClient: LinkFlow
    private var isConnecting = false

    init(core: LinkProxyCore) {
        self.core = core
        self.client = LinkEnd()
        self.target = LinkEnd()
        self.toTarget = LinkFlow(loop: core.loop, from: self.client, to: self.target)
        self.toClient = LinkFlow(loop: core.loop, from: self.target, to: self.client)
        if let damage = core.damage {
            let wounds = damage.wounds(ofConnection: core.passed.accepted)
            if wounds.toTarget.isEmpty && wounds.toClient.isEmpty { core.passed.unharmed += 1 }
            self.toTarget.damage = DamagedStream(wounds.toTarget)
            self.toClient.damage = DamagedStream(wounds.toClient)
        }
        self.toTarget.passed = { [core] count in core.passed.bytesToTarget += count }
        self.toClient.passed = { [core] count in core.passed.bytesToClient += count }
        for (end, outgoing, incoming) in [
            (self.client, self.toTarget, self.toClient), (self.target, self.toClient, self.toTarget),
        ] {
            end.outgoing = outgoing
            end.incoming = incoming
            end.becameInactive = { [weak self] in self?.endIfBothAreInactive() }
        }
    }

    /// Applies the proxy's mode, and connects to the target if the mode lets a connection through for the first time.
    func modeChanged() {
        var delay = TimeAmount.zero
        var stalled: LinkDirection?
        switch self.core.mode {
        case .forward, .cut: break
        case .delay(let milliseconds): delay = .milliseconds(Int64(milliseconds))
        case .stall(let direction): stalled = direction
        case .blackHole: stalled = .both
        }
        if self.core.mode != .blackHole { self.connect() }
        self.toTarget.set(delay: delay, isStalled: stalled == .both || stalled == .toTarget)
        self.toClient.set(delay: delay, isStalled: stalled == .both || stalled == .toClient)
    }

    func close() {
        self.client.close()
        self.target.close()
    }

    private func connect() {
        guard !self.isConnecting else { return }
        self.isConnecting = true
        let bound = NIOLoopBound(self, eventLoop: self.core.loop)
        ClientBootstrap(group: self.core.loop)
            .channelOption(.autoRead, value: false)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.writeBufferWaterMark, value: LinkEnd.writeBuffer)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(bound.value.target)
                }
            }
            .connect(host: "127.0.0.1", port: self.core.targetPort)
            .whenComplete { result in
                let connection = bound.value
                switch result {
                case .failure:
                    connection.close()
                case .success(let channel):
                    // Whoever connected may have gone, or the link been cut, while this was under way.
                    if connection.client.hasEnded { channel.close(promise: nil) }
                }
            }
    }

    private func endIfBothAreInactive() {
        guard self.client.hasEnded, self.target.hasEnded || !self.target.wasActive else { return }
        self.core.remove(self)
        // The ways and the ends hold each other until here.
        for end in [self.client, self.target] {
            end.outgoing = nil
            end.incoming = nil
            end.becameInactive = nil
        }
    }
}
