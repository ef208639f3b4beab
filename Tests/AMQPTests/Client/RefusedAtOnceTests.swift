import NIOCore
import NIOPosix
import Testing
import Transport

@testable import AMQP

@Suite("A peer that refuses at once", .timeLimit(.minutes(1)))
struct RefusedAtOnceTests {
    /// Says "AMQP 1.1.0.10" to whoever connects, and closes.
    private final class Refuser: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        func channelActive(context: ChannelHandlerContext) {
            let refusal = ByteBuffer(bytes: [0x41, 0x4D, 0x51, 0x50, 1, 1, 0, 10])
            context.writeAndFlush(wrapOutboundOut(refusal), promise: nil)
        }
    }

    @Test("is always understood, however soon its answer comes")
    func reason() async throws {
        // Given a listener that does not even wait for our first bytes
        let group = NIOSingletons.posixEventLoopGroup
        let listener = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Refuser()) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(listener.localAddress?.port)
        let configuration = ConnectionConfiguration(
            endpoints: [Endpoint(host: "127.0.0.1", port: port, isTLS: false)],
            credentials: .plain(username: "user", password: "secret"),
            name: "test"
        )
        // When connecting many times
        var codes: [String: Int] = [:]
        for _ in 0..<300 {
            do throws(AMQPError) {
                await (try AMQPConnection.connect(configuration)).close()
            } catch {
                codes["\(error.code)", default: 0] += 1
            }
        }
        // Then the reason is the peer's each time
        #expect(codes == ["protocolViolation": 300])
        try await listener.close()
    }
}
