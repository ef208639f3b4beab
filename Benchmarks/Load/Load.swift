import ArgumentParser

/// What the benchmarks do at brokers: publish, consume, wait, and measure how long messages take.
@main
struct Load: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark-load",
        abstract: "Publishes and consumes for benchmarks, and waits until messages have arrived.",
        subcommands: [
            Fill.self, Await.self, Publish.self, Consume.self, Latency.self, FillStream.self, AwaitStream.self,
            ConsumeStream.self, Link.self, PerMessage.self,
        ]
    )
}
