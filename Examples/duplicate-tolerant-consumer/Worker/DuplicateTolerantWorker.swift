import AMQP
import ArgumentParser
import NIOCore
import Transport

/// Works orders off, each once, whichever site they come from and however often a promotion replays them.
@main
struct DuplicateTolerantWorker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "duplicate-tolerant-worker",
        abstract: "Works orders off, and drops those that it has worked off before."
    )

    @Option(help: "The broker's AMQP port on 127.0.0.1.") var port: Int
    @Option(help: "The queue.") var queue: String
    @Option(help: "The file of what was done, which is its memory too; both sites' workers share it.") var log: String
    @Option(help: "How many ids it remembers.") var memory = 100_000
    @Option(help: "End after so many orders; 0 for no limit.") var most = 0
    @Option(help: "End after so many seconds without a delivery.") var idle = 10

    func run() async throws {
        let connection = try await AMQPConnection.connect(
            ConnectionConfiguration(
                endpoints: [Endpoint(host: "127.0.0.1", port: port, isTLS: false)],
                credentials: .plain(username: "guest", password: "guest"),
                name: "duplicate-tolerant worker"
            )
        )
        let channel = try await connection.openChannel()
        let consumer = try await channel.consumer(queue: queue, tag: "worker", prefetch: 20)
        var worker = Worker(done: try DoneWork(path: log, limit: memory))
        try await withThrowingTaskGroup(of: Void.self) { group in
            let idle = idle
            let last = LastDelivery()
            group.addTask {
                while await last.age < .seconds(idle) { try await Task.sleep(for: .milliseconds(200)) }
                try await consumer.cancel()
            }
            for try await delivery in consumer {
                await last.note()
                try worker.handle(delivery)
                // Only once the work and the memory of it are safe: what is delivered again is dropped then.
                try await consumer.acknowledge(delivery)
                if most > 0, worker.worked >= most { break }
            }
            group.cancelAll()
        }
        await connection.close()
        print(worker.account)
    }
}

/// When the last delivery came.
private actor LastDelivery {
    private var instant = ContinuousClock.now

    func note() { instant = .now }
    var age: Duration { ContinuousClock.now - instant }
}

/// What becomes of each delivery.
struct Worker {
    private(set) var done: DoneWork
    private(set) var worked = 0
    private var replays = 0
    private var repeats = 0

    init(done: DoneWork) { self.done = done }

    /// Does the work of a delivery, unless it was done before.
    mutating func handle(_ delivery: Delivery) throws {
        let order = delivery.properties.messageID ?? ""
        // Only what a promotion replayed has it: the same each time that it comes.
        let replay = delivery.properties.headers?["x-ropeway-id"]?.stringValue
        if let replay, done.contains(replay) {
            replays += 1
        } else if done.contains(order) {
            // Done at the other site before it was lost: there it had no such header. So the application's own id counts.
            repeats += 1
            if let replay { done.remember(replay) }
        } else {
            worked += 1
            // The work itself would be here, in one transaction with the memory of it.
            try done.note(order, replay)
        }
    }

    var account: String {
        "worked off \(worked), dropped \(replays) by x-ropeway-id and \(repeats) by their own id"
    }
}
