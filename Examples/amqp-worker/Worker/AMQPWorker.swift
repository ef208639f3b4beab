import ArgumentParser

/// Jobs in a queue: one command publishes them, another works them off.
@main
struct AMQPWorker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "amqp-worker",
        abstract: "Publishes jobs to a queue of RabbitMQ, and works them off.",
        subcommands: [Publish.self, Work.self]
    )
}
