import ControlModel
import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Testing

@testable import ControlAPI

@Suite("How long the API waits for a client")
struct ConnectionHandlerTests {
    /// A connection whose clock the test moves.
    private final class Client {
        let channel = EmbeddedChannel()
        private(set) var changes: [Bool] = []

        init() throws {
            let handler = ConnectionHandler(patience: .seconds(10)) { [unowned self] in self.changes.append($0) }
            try self.channel.pipeline.syncOperations.addHandler(handler)
            try self.channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        }

        var isOpen: Bool { self.channel.isActive }

        func wait(_ seconds: Int64) { self.channel.embeddedEventLoop.advanceTime(by: .seconds(seconds)) }

        func sendHead(_ method: HTTPRequest.Method = .get) throws {
            let request = HTTPRequest(method: method, scheme: "http", authority: "localhost", path: "/v1/status")
            try self.channel.writeInbound(HTTPRequestPart.head(request))
        }

        func sendBody() throws { try self.channel.writeInbound(HTTPRequestPart.body(ByteBuffer(string: "{"))) }

        func sendEnd() throws { try self.channel.writeInbound(HTTPRequestPart.end(nil)) }

        func answer() throws {
            try self.channel.writeOutbound(HTTPResponsePart.head(HTTPResponse(status: .ok)))
            try self.channel.writeOutbound(HTTPResponsePart.end(nil))
        }
    }

    @Test("Given a client that sends no whole head, when 10 s have passed since it connected, then it is closed")
    func head() throws {
        let client = try Client()
        client.wait(9)
        #expect(client.isOpen)
        client.wait(1)
        #expect(!client.isOpen)
        #expect(client.changes.isEmpty)
    }

    @Test("Given a request that is worked on for long, when it is answered, then 10 s are left for the next head")
    func answered() throws {
        let client = try Client()
        client.wait(9)
        try client.sendHead()
        try client.sendEnd()
        #expect(client.changes == [true])
        client.wait(3_600)
        #expect(client.isOpen)
        try client.answer()
        #expect(client.changes == [true, false])
        client.wait(9)
        #expect(client.isOpen)
        client.wait(1)
        #expect(!client.isOpen)
    }

    @Test("Given a body that comes byte by byte, when 10 s have passed since its head, then it is closed")
    func body() throws {
        let client = try Client()
        try client.sendHead(.post)
        for _ in 0..<9 {
            client.wait(1)
            try client.sendBody()
        }
        #expect(client.isOpen)
        client.wait(1)
        #expect(!client.isOpen)
        #expect(client.changes.isEmpty, "nothing could be worked on")
    }

    @Test("Given a request that is refused before its body came, when the body goes on, then it is closed after 10 s")
    func refused() throws {
        let client = try Client()
        try client.sendHead(.post)
        client.wait(5)
        try client.answer()
        for _ in 0..<9 {
            client.wait(1)
            try client.sendBody()
        }
        #expect(client.isOpen)
        client.wait(1)
        #expect(!client.isOpen)
        #expect(client.changes.isEmpty)
    }

    @Test("Given a client that does not take its answers, when 10 s have passed, then it is closed, and idle meanwhile")
    func unread() throws {
        let client = try Client()
        for _ in 0..<3 {
            try client.sendHead()
            try client.sendEnd()
        }
        try client.answer()
        #expect(client.changes == [true], "two more are to be answered")
        client.channel.isWritable = false
        client.channel.pipeline.fireChannelWritabilityChanged()
        #expect(client.changes == [true, false])
        client.wait(9)
        #expect(client.isOpen)
        // When it takes something, it has its time again once it takes no more.
        client.channel.isWritable = true
        client.channel.pipeline.fireChannelWritabilityChanged()
        #expect(client.changes == [true, false, true])
        client.wait(60)
        #expect(client.isOpen)
        client.channel.isWritable = false
        client.channel.pipeline.fireChannelWritabilityChanged()
        client.wait(10)
        #expect(!client.isOpen)
    }

    @Test("Given a client that has closed, when its time passes, then nothing happens")
    func closed() throws {
        let client = try Client()
        try client.sendHead()
        try client.sendEnd()
        try client.channel.close().wait()
        client.wait(60)
        #expect(client.changes == [true])
    }
}
