import NIOCore
import NIOPosix
import Synchronization
import Testing
import Transport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

@Suite("Connector", .timeLimit(.minutes(1)))
struct ConnectorTests {
    private let eventLoop = MultiThreadedEventLoopGroup.singleton.next()

    private func failure(_ connector: Connector) async -> TransportError? {
        do throws(TransportError) {
            let connection = try await connector.connect(on: self.eventLoop) { _, _ in }
            try? await connection.channel.close()
            return nil
        } catch {
            return error
        }
    }

    @Test("given a port without listener, when connecting, then it is refused and the error says where")
    func refused() async throws {
        let port = try await Listener.unusedPort()
        let endpoint = Endpoint(host: "127.0.0.1", port: port, isTLS: false)
        let error = try #require(await self.failure(Connector(endpoints: [endpoint])))
        #expect(error.code == .refused)
        #expect(error.endpoint == endpoint)
        #expect(error.description.contains("127.0.0.1:\(port): connection refused"), "\(error)")
    }

    @Test("given a host name that resolves, when nothing listens there, then it is refused, not unresolved")
    func refusedByName() async throws {
        let port = try await Listener.unusedPort()
        let endpoint = Endpoint(host: "localhost", port: port, isTLS: false)
        let error = try #require(await self.failure(Connector(endpoints: [endpoint])))
        #expect(error.code == .refused, "\(error)")
    }

    @Test("given a name that cannot exist, when connecting, then the error says so")
    func unresolved() async throws {
        let endpoint = Endpoint(host: "no-such-host.invalid", port: 5672, isTLS: false)
        let error = try #require(await self.failure(Connector(endpoints: [endpoint], connectTimeout: .seconds(20))))
        #expect(error.code == .couldNotResolve, "\(error)")
    }

    @Test("given no endpoints, when connecting, then the error says so")
    func noEndpoint() async {
        #expect(await self.failure(Connector(endpoints: []))?.code == .noEndpoint)
    }

    @Test("given several dead endpoints and a live one, when connecting, then the live one is found every time")
    func allAreTried() async throws {
        let listener = try await Listener.start()
        var endpoints = [listener.endpoint()]
        for _ in 0..<3 {
            endpoints.append(Endpoint(host: "127.0.0.1", port: try await Listener.unusedPort(), isTLS: false))
        }
        for _ in 0..<10 {
            let connection = try await Connector(endpoints: endpoints).connect(on: self.eventLoop) { _, _ in }
            #expect(connection.endpoint == listener.endpoint())
            #expect(connection.channel.isActive)
            #expect(connection.channel.eventLoop === self.eventLoop)
            try await connection.channel.close()
        }
        try await listener.stop()
    }

    @Test("given only dead endpoints, when connecting, then the error lists each one's reason")
    func allFail() async throws {
        var endpoints: [Endpoint] = []
        for _ in 0..<3 {
            endpoints.append(Endpoint(host: "127.0.0.1", port: try await Listener.unusedPort(), isTLS: false))
        }
        let error = try #require(await self.failure(Connector(endpoints: endpoints)))
        #expect(error.code == .allEndpointsFailed)
        #expect(error.failures.count == 3)
        #expect(Set(error.failures.compactMap(\.endpoint)) == Set(endpoints))
        #expect(error.failures.allSatisfy { $0.code == .refused })
        for endpoint in endpoints {
            #expect(error.description.contains(endpoint.authority))
        }
    }

    @Test("given two live endpoints, when connecting often, then both get connections")
    func randomOrder() async throws {
        let first = try await Listener.start()
        let second = try await Listener.start()
        var seen: Set<Endpoint> = []
        // That one of two is never chosen in 64 rounds has a chance of 1 in 2^63.
        for _ in 0..<64 where seen.count < 2 {
            let connector = Connector(endpoints: [first.endpoint(), second.endpoint()])
            let connection = try await connector.connect(on: self.eventLoop) { _, _ in }
            seen.insert(connection.endpoint)
            try await connection.channel.close()
        }
        #expect(seen.count == 2)
        try await first.stop()
        try await second.stop()
    }

    #if os(Linux)
        @Test("given a listener whose backlog is full, when connecting, then it times out after the connect timeout")
        func fullBacklog() async throws {
            let listener = try await Listener.start(backlog: 0, accepts: false)
            // Linux completes one connection more than the backlog; with those in place, further ones get no answer.
            var waiting: [any Channel] = []
            let short = Connector(endpoints: [listener.endpoint()], connectTimeout: .milliseconds(300))
            var error: TransportError?
            for _ in 0..<16 where error == nil {
                do throws(TransportError) {
                    waiting.append(try await short.connect(on: self.eventLoop) { _, _ in }.channel)
                } catch let thrown {
                    error = thrown
                }
            }
            let found = try #require(error)
            #expect(found.code == .timedOut, "\(found)")
            #expect(found.attempted == "open a TCP connection")
            for channel in waiting { try? await channel.close() }
            try await listener.stop()
        }
    #endif

    @Test("given a black hole that accepts and never answers, when connecting with TLS, then the handshake times out")
    func blackHole() async throws {
        let listener = try await Listener.start()
        let connector = Connector(endpoints: [listener.endpoint(isTLS: true)], connectTimeout: .milliseconds(500))
        let clock = ContinuousClock()
        let begin = clock.now
        let error = try #require(await self.failure(connector))
        #expect(error.code == .timedOut)
        #expect(error.attempted == "complete the TLS handshake")
        #expect(clock.now - begin >= .milliseconds(500))
        try await listener.stop()
    }

    @Test("given a connect that waits, when its task is cancelled, then it ends and the channel closes")
    func cancellation() async throws {
        let listener = try await Listener.start()
        let connector = Connector(endpoints: [listener.endpoint(isTLS: true)], connectTimeout: .seconds(600))
        let (channels, continuation) = AsyncStream.makeStream(of: (any Channel).self)
        let eventLoop = self.eventLoop
        let task = Task {
            try await connector.connect(on: eventLoop) { channel, _ in continuation.yield(channel) }
        }
        var iterator = channels.makeAsyncIterator()
        let channel = try #require(await iterator.next())

        task.cancel()

        let error = await #expect(throws: TransportError.self) { try await task.value }
        #expect(error?.code == .cancelled)
        try await channel.closeFuture.get()
        try await listener.stop()
    }

    @Test("given a task that is cancelled already, when connecting, then nothing is opened")
    func cancelledBefore() async throws {
        let listener = try await Listener.start()
        let connector = Connector(endpoints: [listener.endpoint()])
        let opened = Flag()
        let eventLoop = self.eventLoop
        await withTaskGroup(of: Void.self) { group in
            group.cancelAll()
            group.addTask {
                let error = await #expect(throws: TransportError.self) {
                    try await connector.connect(on: eventLoop) { _, _ in opened.raise() }
                }
                #expect(error?.code == .cancelled)
            }
        }
        #expect(!opened.isRaised)
        try await listener.stop()
    }

    @Test("given an initializer that throws, when connecting, then its error is told")
    func initializerFails() async throws {
        struct Refusal: Error {}
        let listener = try await Listener.start()
        let error = await #expect(throws: TransportError.self) {
            try await Connector(endpoints: [listener.endpoint()]).connect(on: self.eventLoop) { _, _ in throw Refusal()
            }
        }
        #expect(error?.code == .initializerFailed)
        #expect(error?.reason.contains("Refusal") == true)
        try await listener.stop()
    }

    @Test("given an initializer, when it runs, then it is on the loop and the channel is not active yet")
    func initializerTiming() async throws {
        let listener = try await Listener.start()
        let connector = Connector(endpoints: [listener.endpoint()])
        let connection = try await connector.connect(on: self.eventLoop) { channel, endpoint in
            channel.eventLoop.preconditionInEventLoop()
            #expect(!channel.isActive)
            #expect(endpoint == listener.endpoint())
        }
        try await connection.channel.close()
        try await listener.stop()
    }

    #if os(Linux)
        @Test("given socket options, when connected, then they are set on the socket")
        func socketOptions() async throws {
            let listener = try await Listener.start()
            var options = SocketOptions()
            options.tcpUserTimeout = .milliseconds(7500)
            let connector = Connector(endpoints: [listener.endpoint()], socket: options)
            let channel = try await connector.connect(on: self.eventLoop) { _, _ in }.channel
            let provider = try #require(channel as? any SocketOptionProvider)
            let userTimeout: CInt = try await provider.unsafeGetSocketOption(
                level: .tcp,
                name: NIOBSDSocket.Option(rawValue: TCP_USER_TIMEOUT)
            ).get()
            #expect(userTimeout == 7500)
            let noDelay: CInt = try await provider.unsafeGetSocketOption(level: .tcp, name: .tcp_nodelay).get()
            #expect(noDelay != 0)
            let keepAlive: CInt = try await provider.unsafeGetSocketOption(level: .socket, name: .so_keepalive).get()
            #expect(keepAlive != 0)
            try await channel.close()

            // Without the option the kernel's own value stays.
            let other = try await Connector(endpoints: [listener.endpoint()]).connect(on: self.eventLoop) { _, _ in }
                .channel
            let otherProvider = try #require(other as? any SocketOptionProvider)
            let unset: CInt = try await otherProvider.unsafeGetSocketOption(
                level: .tcp,
                name: NIOBSDSocket.Option(rawValue: TCP_USER_TIMEOUT)
            ).get()
            #expect(unset == 0)
            try await other.close()
            try await listener.stop()
        }
    #endif

    @Test("given buffer sizes out of range, when connecting, then the process lives on")
    func optionsOutOfRange() async throws {
        let listener = try await Listener.start()
        var options = SocketOptions()
        options.tcpUserTimeout = .zero
        options.receiveBuffer = .init(minimum: -1, initial: 0, maximum: -5)
        options.maximumMessagesPerRead = 0
        options.writeBufferLowWaterMark = 0
        options.writeBufferHighWaterMark = -1
        let connector = Connector(endpoints: [listener.endpoint()], socket: options)
        try await connector.connect(on: self.eventLoop) { _, _ in }.channel.close()
        try await listener.stop()
    }
}

/// Remembers across tasks that something happened.
private final class Flag: Sendable {
    private let value = Atomic(false)

    var isRaised: Bool { self.value.load(ordering: .acquiring) }

    func raise() {
        self.value.store(true, ordering: .releasing)
    }
}
