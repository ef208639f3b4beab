import AMQP
import Transport

/// A watch's own connection to its site, opened where it is needed and kept.
actor WatchLink {
    private let site: Site
    private let title: String
    private var connection: AMQPConnection?
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
        let answer = try? await connection?.declaring(queue) { (channel) async throws(AMQPError) in
            try await channel.declareQueue(queue, passive: true)
        }
        return answer.map { ($0.messages, $0.consumers) }
    }

    func close() async {
        let last = connection
        connection = nil
        await last?.close()
    }
}
