import AMQP
import Transport

/// A watch's own connection to its site, opened where it is needed and kept.
actor WatchLink {
    private let site: Site
    private let title: String
    private var connection: AMQPConnection?
    /// Channels of the connection that nobody uses at the moment.
    private var idle: [AMQPChannel] = []
    private static let mostIdle = 64
    /// So many queues are asked for their depth at the same time. One may take long.
    private let turnstile = Turnstile(32)
    /// How many connections there were: what was known of the site before may not hold on another.
    private(set) var generation = 0

    init(site: Site, title: String) {
        self.site = site
        self.title = title
    }

    /// The connection that there is, or another.
    func open() async throws(TopologyError) -> AMQPConnection {
        if let connection {
            if await !connection.hasEnded() { return connection }
            self.connection = nil
            idle = []
        }
        do {
            let made = try await AMQPConnection.connect(try site.connection(name: title, for: .control))
            connection = made
            generation += 1
            return made
        } catch {
            throw TopologyError(error, at: site.name, object: site.name)
        }
    }

    /// Messages of a queue that are ready, and its consumers, both of now; `nil` where the broker does not tell.
    func depth(of queue: String) async -> (ready: Int, consumers: Int)? {
        let answer = await turnstile.pass {
            try? await self.asking { (channel) async throws(AMQPError) in
                try await channel.declareQueue(queue, passive: true)
            }
        }
        return answer.map { ($0.messages, $0.consumers) }
    }

    /// Asks on a channel that nobody else uses meanwhile. One that was refused, or given up, is not used again.
    ///
    /// - Throws: ``AMQPError``, also where there is no connection.
    nonisolated func asking<Value: Sendable>(
        _ body: @Sendable (AMQPChannel) async throws(AMQPError) -> Value
    ) async throws(AMQPError) -> Value {
        let (channel, generation) = try await channel()
        do throws(AMQPError) {
            let value = try await body(channel)
            if await !keep(channel, generation) { try? await channel.close() }
            return value
        } catch {
            try? await channel.close()
            throw error
        }
    }

    private func channel() async throws(AMQPError) -> (AMQPChannel, Int) {
        guard let connection else { throw AMQPError(.closed, reason: "the watch has no connection") }
        if let channel = idle.popLast() { return (channel, generation) }
        let made = generation
        return (try await connection.openChannel(), made)
    }

    /// - Returns: whether it is used again.
    private func keep(_ channel: AMQPChannel, _ made: Int) -> Bool {
        guard made == generation, connection != nil, idle.count < Self.mostIdle else { return false }
        idle.append(channel)
        return true
    }

    func close() async {
        let last = connection
        connection = nil
        idle = []
        await last?.close()
    }
}
