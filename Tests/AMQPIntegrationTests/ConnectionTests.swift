import AMQP
import BrokerHarness
import Foundation
import NIOCore
import Testing
import Transport

@Suite("A connection to a real broker", .timeLimit(.minutes(3)))
struct ConnectionTests {
    @Test("opens, tells of the broker, and closes in good order")
    func openAndClose() async throws {
        // Given a broker
        let node = try await Broker.shared()
        // When connecting
        let connection = try await AMQPConnection.connect(node.configuration())
        // Then both sides agreed on limits, and the broker names its version
        #expect(connection.negotiated.frameMaximum == 131_072)
        #expect(connection.negotiated.channelMaximum == 2047)
        #expect(connection.negotiated.heartbeat == 10)
        #expect(connection.serverVersion?.isEmpty == false)
        // When closing twice
        await connection.close()
        await connection.close()
        // Then the reason is ours
        #expect(await connection.waitUntilClosed().code == .closed)
        let error = try await failure { () async throws(AMQPError) in try await connection.openChannel() }
        #expect(error.code == .closed)
    }

    @Test("with a smaller frame-max, channel-max and heartbeat keeps them")
    func negotiation() async throws {
        let node = try await Broker.shared()
        try await node.withConnection { configuration in
            configuration.frameMaximum = 8192
            configuration.channelMaximum = 3
            configuration.heartbeat = .seconds(7)
        } _: { connection in
            #expect(connection.negotiated.frameMaximum == 8192)
            #expect(connection.negotiated.channelMaximum == 3)
            #expect(connection.negotiated.heartbeat == 7)
            // When all three channels are in use, then a fourth is refused here, and a closed one's number serves again
            let first = try await connection.openChannel()
            _ = try await connection.openChannel()
            _ = try await connection.openChannel()
            let error = try await failure { () async throws(AMQPError) in try await connection.openChannel() }
            #expect(error.code == .notSupported)
            try await first.close()
            _ = try await connection.openChannel()
        }
    }

    @Test("leaves an endpoint that takes the connection and lets it go, or says nothing, for one that answers")
    func otherEndpoint() async throws {
        // Given a door to nothing, a silent one, and a broker
        let node = try await Broker.shared()
        let door = try await LinkProxy.start(to: try await freePort(in: PortRange.daemons))
        let silent = try await LinkProxy.start(to: node.amqpPort)
        try await silent.setMode(.blackHole)
        let configuration = node.configuration { configuration in
            configuration.endpoints += [door.port, silent.port].map {
                Endpoint(host: "127.0.0.1", port: $0, isTLS: false)
            }
            configuration.handshakeTimeout = .milliseconds(300)
        }
        // When connecting again and again, whichever is tried first, then it is the broker each time
        for _ in 0..<10 {
            let connection = try await AMQPConnection.connect(configuration)
            #expect(connection.endpoint.port == node.amqpPort)
            await connection.close()
        }
        // And where none goes on, the reason is told
        let none = node.configuration(port: door.port)
        let error = try await failure { () async throws(AMQPError) in try await AMQPConnection.connect(none) }
        #expect(error.code == .connectionLost)
        try await door.shutdown()
        try await silent.shutdown()
    }

    @Test("with a wrong password is refused")
    func wrongPassword() async throws {
        let node = try await Broker.shared()
        let configuration = node.configuration(password: "not-the-word")
        let error = try await failure { () async throws(AMQPError) in try await AMQPConnection.connect(configuration) }
        #expect(error.code == .authenticationFailed)
        #expect(error.replyCode == 403)
        #expect(error.reason.hasPrefix("ACCESS_REFUSED"))
        #expect(!"\(error)".contains("not-the-word"))
    }

    @Test("to a missing virtual host is refused")
    func missingVirtualHost() async throws {
        let node = try await Broker.shared()
        let configuration = node.configuration(virtualHost: "nowhere")
        let error = try await failure { () async throws(AMQPError) in try await AMQPConnection.connect(configuration) }
        #expect(error.code == .virtualHostRefused)
        #expect(error.replyCode == 530)
        #expect(error.reason.contains("nowhere"))
    }

    @Test("to a port of another protocol ends with an error that says so")
    func otherProtocol() async throws {
        // Given the broker's HTTP listener
        let node = try await Broker.shared()
        let configuration = node.configuration(port: node.managementPort) { $0.handshakeTimeout = .seconds(5) }
        // When speaking AMQP to it
        let error = try await failure { () async throws(AMQPError) in try await AMQPConnection.connect(configuration) }
        // Then it is not taken for a broker
        #expect([.protocolViolation, .connectionLost, .handshakeTimedOut].contains(error.code), "\(error)")
    }

    @Test("to a port where nothing listens could not connect")
    func nothingListens() async throws {
        let node = try await Broker.shared()
        let configuration = node.configuration(port: 1)
        let error = try await failure { () async throws(AMQPError) in try await AMQPConnection.connect(configuration) }
        #expect(error.code == .couldNotConnect)
        #expect(error.transport?.code == .refused)
    }

    @Test("closed by an operator tells the broker's words")
    func closedByBroker() async throws {
        // Given a connection with an open channel that a receiver watches
        let node = try await Broker.shared()
        let connection = try await AMQPConnection.connect(node.configuration { $0.name = "to-be-closed" })
        let channel = try await connection.openChannel()
        let receiver = CollectingReceiver()
        try await channel.onEventLoop { $0.receiver = receiver }
        // When an operator closes all connections
        try await eventually(within: .seconds(20), "the broker lists the connection") {
            let listed = try await node.control(["--quiet", "list_connections", "pid", "client_properties"])
            let line = listed.split(separator: "\n").first { $0.contains("to-be-closed") }
            guard let pid = line?.split(separator: "\t").first else { return false }
            try await node.control(["close_connection", String(pid), "maintenance at noon"])
            return true
        }
        // Then the reason is passed on
        let reason = await connection.waitUntilClosed()
        #expect(reason.code == .closedByBroker)
        #expect(reason.replyCode == 320)
        #expect(reason.reason.contains("maintenance at noon"))
        #expect(receiver.seen.closed?.replyCode == 320)
    }

    @Test("takes a new secret")
    func updateSecret() async throws {
        let node = try await Broker.shared()
        try await node.withConnection { connection in
            // The broker's own user database takes every secret; it only matters to token backends.
            try await connection.updateSecret("guest", reason: "rotation")
            let channel = try await connection.openChannel()
            try await channel.close()
        }
    }

    @Test("keeps heartbeats both ways while idle")
    func heartbeats() async throws {
        // Given a link that counts bytes, and a connection with the shortest heartbeat
        let node = try await Broker.shared()
        let proxy = try await LinkProxy.start(to: node.amqpPort)
        let connection = try await AMQPConnection.connect(
            node.configuration(port: proxy.port) { $0.heartbeat = .seconds(1) }
        )
        let before = try await proxy.counts()
        // When it stays idle for longer than the three intervals after which either side would give up
        try await eventually(within: .seconds(20), "five heartbeats of 8 bytes each way") {
            let now = try await proxy.counts()
            return now.bytesToTarget - before.bytesToTarget >= 40 && now.bytesToClient - before.bytesToClient >= 40
        }
        // Then it is still open
        let channel = try await connection.openChannel()
        try await channel.close()
        await connection.close()
        try await proxy.shutdown()
    }

    @Test("whose task is cancelled while the broker says nothing waits no longer")
    func cancelled() async throws {
        // Given a link that brings no answers, and calls and a publish that wait for one
        let node = try await Broker.shared()
        let proxy = try await LinkProxy.start(to: node.amqpPort)
        let connection = try await AMQPConnection.connect(node.configuration(port: proxy.port))
        let channel = try await connection.openChannel()
        try await channel.selectConfirms()
        try await proxy.setMode(.stall(.toClient))
        let before = try await proxy.counts().bytesToTarget
        let opening = Task { try await failure { () async throws(AMQPError) in try await connection.openChannel() } }
        let asking = Task { try await failure { () async throws(AMQPError) in try await channel.declareQueue("q") } }
        let getting = Task { try await failure { () async throws(AMQPError) in try await channel.get("q") } }
        let publishing = Task {
            try await failure { () async throws(AMQPError) in
                try await channel.publish(ByteBuffer(), exchange: "", routingKey: "q")
            }
        }
        let tasks = [opening, asking, getting, publishing]
        try await eventually(within: .seconds(5), "the broker was asked") {
            try await proxy.counts().bytesToTarget >= before + 90
        }
        // When their tasks are cancelled
        let start = ContinuousClock.now
        for task in tasks { task.cancel() }
        // Then each ends at once, long before a heartbeat is missed
        for task in tasks { #expect(try await task.value.code == .cancelled) }
        #expect(ContinuousClock.now - start < .seconds(2))
        connection.drop()
        try await proxy.shutdown()
    }

    @Test("that is limited is dropped when its time is over, and kept when it was enough")
    func limited() async throws {
        let node = try await Broker.shared()
        let proxy = try await LinkProxy.start(to: node.amqpPort)
        let connection = try await AMQPConnection.connect(node.configuration(port: proxy.port))
        // Given something that is done in time, then the connection stays
        let channel = try await connection.withLimit(.seconds(10)) { () async throws(AMQPError) in
            try await connection.openChannel()
        }
        // When the broker's answer does not come in time, then what waits for it fails
        try await proxy.setMode(.blackHole)
        let error = try await failure { () async throws(AMQPError) in
            try await connection.withLimit(.milliseconds(200)) { () async throws(AMQPError) in
                _ = try await channel.declareQueue("q")
            }
        }
        #expect(error.code == .closed)
        #expect(await connection.waitUntilClosed().code == .closed)
        try await proxy.shutdown()
    }

    @Test("leaves nothing behind, a thousand times over, however it ends")
    func thousand() async throws {
        let node = try await Broker.shared()
        func descriptors() throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        }
        func once(_ round: Int) async throws {
            let connection = try await AMQPConnection.connect(
                node.configuration { $0.name = "one of a thousand" }
            )
            let channel = try await connection.openChannel()
            try await channel.declareExchange("amq.topic", type: "topic", passive: true)
            // In good order, or as a crash would
            if round.isMultiple(of: 2) { await connection.close() } else { connection.drop() }
        }
        // Given what a few connections have opened for good: loops, and what the runtime keeps
        for round in 0..<10 { try await once(round) }
        let before = try descriptors()
        // When a thousand come and go
        for round in 0..<1000 { try await once(round) }
        // Then no descriptor is left, and the broker knows of none
        try await eventually(within: .seconds(10), "no more descriptors than before") {
            let now = try descriptors()
            guard now <= before else { throw HarnessError("\(now), \(before) before") }
            return true
        }
        try await eventually(within: .seconds(20), "the broker lists none") {
            try await node.control(["--quiet", "list_connections", "client_properties"])
                .contains("one of a thousand") == false
        }
    }

    @Test("gives a frozen broker up after two heartbeat intervals")
    func frozenBroker() async throws {
        // Given a node of the test's own
        try await SpareNode.with { node in
            let connection = try await AMQPConnection.connect(node.configuration { $0.heartbeat = .seconds(1) })
            // When the node stands still
            try await node.freeze()
            let clock = ContinuousClock()
            let start = clock.now
            let reason = await connection.waitUntilClosed()
            // Then the connection ends within the bounds of the protocol
            #expect(reason.code == .heartbeatTimedOut)
            #expect(clock.now - start < .seconds(6))
            try await node.thaw()
        }
    }

    @Test("to a broker that is killed is lost, and every call with it")
    func killedBroker() async throws {
        try await SpareNode.with { node in
            let connection = try await AMQPConnection.connect(node.configuration())
            let channel = try await connection.openChannel()
            let receiver = CollectingReceiver()
            try await channel.onEventLoop { $0.receiver = receiver }
            // When the node dies
            try await node.kill()
            // Then the connection, its channel and new calls tell so
            #expect(await connection.waitUntilClosed().code == .connectionLost)
            #expect(receiver.seen.closed?.code == .connectionLost)
            let error = try await failure { () async throws(AMQPError) in try await channel.declareQueue("q") }
            #expect(error.code == .connectionLost)
        }
    }

    @Test("tells of an alarm and of its end")
    func alarm() async throws {
        // Given a publishing connection, the only kind that a broker tells
        try await SpareNode.with { node in
            let connection = try await AMQPConnection.connect(node.configuration())
            let channel = try await connection.openChannel()
            let receiver = CollectingReceiver()
            try await channel.onEventLoop { $0.receiver = receiver }
            try await channel.declareQueue("q")
            try await channel.selectConfirms()
            #expect(try await channel.onEventLoop { $0.canPublish })
            var status = connection.publishingStatus().makeAsyncIterator()
            #expect(await status.next() == .open)
            // When the node meets a memory alarm and a publish comes
            try await node.alarm(true)
            async let blockedPublish = channel.publish(patterned(10), exchange: "", routingKey: "q")
            try await eventually(within: .seconds(20), "the broker says that it blocks") {
                try await channel.onEventLoop { $0.blockedReason } != nil
            }
            // Then the channel can't publish
            #expect(try await channel.onEventLoop { $0.canPublish } == false)
            #expect(receiver.seen.publishability == 1)
            guard case .blocked(let reason) = await status.next() else {
                Issue.record("the alarm was not told")
                return
            }
            #expect(reason.contains("memory"))
            // When the alarm ends, then the publish gets its confirm
            try await node.alarm(false)
            #expect(try await blockedPublish == .confirmed)
            try await eventually(within: .seconds(20), "the broker says that it blocks no more") {
                try await channel.onEventLoop { $0.canPublish }
            }
            #expect(await status.next() == .open)
            await connection.close()
            #expect(await status.next() == nil)
        }
    }
}
