import AMQP
import ArgumentParser
import UnixSignals

struct Work: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Works jobs off until it is told to stop.")
    @OptionGroup var connection: ConnectionOptions
    @Option(help: "How many jobs are worked on at once.") var tasks = 4
    @Option(help: "How often a job is tried.") var attempts = 3
    @Option(help: "Seconds before a failed job is tried again.") var retryAfter = 5
    @Option(help: "Every job whose number this divides fails at first; 0 for none.") var failing = 0

    func run() async throws {
        let handler = JobHandler(attempts: attempts, failing: failing)
        let tasks = tasks
        try await RecoveringConnection.withConnection(
            connection.configuration(name: "jobs worker"),
            policy: connection.policy
        ) { connection in
            let channel = try await connection.openChannel()
            try await Topology.declare(on: channel, retryAfter: .seconds(retryAfter))
            // One job more than is worked on, for each task, so that none waits for the network.
            let consumer = try await channel.consumer(queue: Topology.jobs, prefetch: UInt16(clamping: 2 * tasks))
            print("ready")
            let events = connection.events
            try await withThrowingTaskGroup { group in
                group.addTask { for await event in events { print("connection: \(event)") } }
                group.addTask { try await stopOnSignal(consumer) }
                try await withThrowingTaskGroup { workers in
                    for _ in 0..<tasks {
                        workers.addTask {
                            for try await job in consumer { try await handler.handle(job, channel) }
                        }
                    }
                    // They end when the consumer does, each with the job in its hands.
                    try await workers.waitForAll()
                }
                group.cancelAll()
            }
        }
        print("stopped")
    }
}

/// Takes no more jobs after SIGTERM or SIGINT; those that are here are finished.
private func stopOnSignal(_ consumer: RecoveringConsumer) async throws {
    for await signal in await UnixSignalsSequence(trapping: .sigterm, .sigint) {
        print("\(signal): finishing what is here")
        await consumer.cancel()
    }
}
