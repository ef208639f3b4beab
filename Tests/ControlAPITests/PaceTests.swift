import ControlAPI
import HTTPClient
import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Testing

@testable import ControlAPI

@Suite("How fast a client may send requests", .timeLimit(.minutes(1)))
struct PaceTests {
    @Test("Given a pace, when requests come faster, then those beyond what may come at once wait behind each other")
    func pace() {
        var pace = RequestPace(perSecond: 10, burst: 2)
        var waits: [Duration] = []
        for _ in 0..<5 { waits.append(pace.take(at: .zero)) }
        #expect(waits == [.zero, .zero, .zero, .milliseconds(100), .milliseconds(200)])
        // And when nothing has come for a while, then it is as if nothing had come before.
        #expect(!pace.isFresh(at: .milliseconds(400)))
        #expect(pace.isFresh(at: .seconds(1)))
        #expect(pace.take(at: .seconds(1)) == .zero)
    }

    @Test(
        "Given requests in one piece, when one of them has to wait, then it is held, nothing is read, and order stays"
    )
    func held() throws {
        let loop = EmbeddedEventLoop()
        var waits: [TimeAmount] = [.zero, .milliseconds(100), .milliseconds(50)]
        let reads = ReadCounter()
        let channel = EmbeddedChannel(handlers: [reads, PaceHandler { waits.removeFirst() }], loop: loop)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        let before = reads.count
        for path in ["/a", "/b", "/c"] {
            try channel.writeInbound(HTTPRequestPart.head(Self.request(path)))
            try channel.writeInbound(HTTPRequestPart.end(nil))
        }
        channel.read()
        #expect(try Self.paths(channel) == ["/a"])
        #expect(reads.count == before)
        loop.advanceTime(by: .milliseconds(100))
        #expect(try Self.paths(channel) == ["/b"])
        #expect(reads.count == before)
        loop.advanceTime(by: .milliseconds(50))
        #expect(try Self.paths(channel) == ["/c"])
        #expect(reads.count == before + 1)
        _ = try channel.finish()
    }

    @Test("Given 64 connections that send requests without end, when health is asked for, then it is answered in time")
    func flood() async throws {
        try await LiveAPI.with(limits: ConnectionLimits(requestsPerSecond: 100, burst: 50)) { console in
            let requests = String(repeating: "GET /v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n", count: 200)
            var clients: [RawClient] = []
            for _ in 0..<63 {
                let client = try RawClient(port: console.origin.port, source: 7)
                client.send(requests)
                clients.append(client)
            }
            let clock = ContinuousClock()
            // Of the address that floods: behind one request of each connection at most.
            let own = try RawClient(port: console.origin.port, source: 7)
            let began = clock.now
            own.send("GET /active HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(try own.receive().hasPrefix("HTTP/1.1 200"))
            #expect(clock.now - began < .seconds(5))
            // And of another one, at once.
            let other = try RawClient(port: console.origin.port, source: 8)
            let then = clock.now
            other.send("GET /active HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(try other.receive().hasPrefix("HTTP/1.1 200"))
            #expect(clock.now - then < .seconds(1))
        }
    }

    private static func request(_ path: String) -> HTTPTypes.HTTPRequest {
        HTTPTypes.HTTPRequest(method: .get, scheme: "http", authority: "localhost", path: path)
    }

    private static func paths(_ channel: EmbeddedChannel) throws -> [String] {
        var paths: [String] = []
        while let part = try channel.readInbound(as: HTTPRequestPart.self) {
            if case .head(let head) = part { paths.append(head.path ?? "") }
        }
        return paths
    }
}

/// Counts how often more is to be read.
private final class ReadCounter: ChannelOutboundHandler {
    typealias OutboundIn = Never
    typealias OutboundOut = Never
    var count = 0

    func read(context: ChannelHandlerContext) {
        self.count += 1
        context.read()
    }
}
