import NIOCore
import NIOPosix
import Synchronization

/// A TCP client whose received bytes a test can look at.
struct TestClient {
    let channel: any Channel
    private let collector: Collector

    static func connect(to port: Int) async throws -> TestClient {
        let collector = Collector()
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(collector) }
            }
            .connect(host: "127.0.0.1", port: port).get()
        return TestClient(channel: channel, collector: collector)
    }

    var received: [UInt8] {
        self.collector.received.withLock { $0 }
    }

    var isOpen: Bool {
        self.channel.isActive
    }

    /// Returns when the bytes are in the kernel's hands.
    func send(_ bytes: [UInt8]) async throws {
        try await self.channel.writeAndFlush(ByteBuffer(bytes: bytes))
    }

    func close() async throws {
        try await self.channel.close()
    }
}

private final class Collector: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    let received = Mutex<[UInt8]>([])

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = self.unwrapInboundIn(data)
        self.received.withLock { $0.append(contentsOf: bytes.readableBytesView) }
    }
}
