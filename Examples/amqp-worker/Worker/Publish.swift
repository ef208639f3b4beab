import AMQP
import ArgumentParser
import NIOCore

struct Publish: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Publishes jobs, and waits for each one's confirm.")
    @OptionGroup var connection: ConnectionOptions
    @Option(help: "How many jobs.") var count = 100
    @Option(help: "How many tasks publish at once.") var tasks = 10
    @Option(help: "Seconds before a failed job is tried again.") var retryAfter = 5

    func run() async throws {
        let (count, tasks) = (count, tasks)
        try await RecoveringConnection.withConnection(
            connection.configuration(name: "jobs publisher"),
            policy: connection.policy
        ) { connection in
            let channel = try await connection.openChannel()
            try await Topology.declare(on: channel, retryAfter: .seconds(retryAfter))
            try await withThrowingTaskGroup { group in
                for task in 0..<tasks {
                    group.addTask {
                        for number in stride(from: task, to: count, by: tasks) {
                            try await publish(number, on: channel)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}

/// Publishes a job and returns when the broker is responsible for it.
private func publish(_ number: Int, on channel: RecoveringChannel) async throws {
    let result = try await channel.publish(
        ByteBuffer(string: "job \(number)"),
        // Persistent, and with a name by which a worker knows it again.
        properties: BasicProperties(contentType: "text/plain", deliveryMode: 2, messageID: "job-\(number)"),
        exchange: "",
        routingKey: Topology.jobs,
        mandatory: true,
        // The worker takes a job twice without harm, so one is sent again rather than lost.
        resends: true
    )
    switch result {
    case .confirmed: print("published \(number)")
    case .returned: throw ValidationError("there is no queue '\(Topology.jobs)'")
    case .refused: throw ValidationError("the queue '\(Topology.jobs)' refused job \(number)")
    }
}
