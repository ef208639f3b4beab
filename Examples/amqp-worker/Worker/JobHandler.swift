import AMQP
import NIOCore

/// Does a job, has it tried again where it failed, and puts it aside where it failed too often.
struct JobHandler: Sendable {
    /// How often a job is tried.
    let attempts: Int
    /// Every job whose number this divides fails at first.
    let failing: Int

    func handle(_ job: RecoveringDelivery, _ channel: RecoveringChannel) async throws(AMQPError) {
        let text = String(buffer: job.body)
        let failures = job.message.failures(in: Topology.jobs)
        if !fails(text, failures) {
            print("done \(text.dropFirst(4))")
            // Where this is false the connection is gone, and the job comes again: a job must bear that.
            await job.acknowledge()
        } else if failures + 1 < attempts {
            // To the retry queue, by the dead-letter exchange of the queue.
            await job.reject(requeue: false)
        } else {
            // The copy is safe before the job itself is let go.
            _ = try await channel.publish(
                job.body,
                properties: job.properties,
                exchange: "",
                routingKey: Topology.failed,
                mandatory: true,
                resends: true
            )
            print("failed \(text.dropFirst(4))")
            await job.acknowledge()
        }
    }

    /// Stands for the work itself: every job whose number `failing` divides fails once, every tenth of those always.
    private func fails(_ text: String, _ failures: Int) -> Bool {
        guard failing > 0, let number = Int(text.dropFirst(4)), number.isMultiple(of: failing) else { return false }
        return failures == 0 || number.isMultiple(of: failing * 10)
    }
}

extension Delivery {
    /// How often the message was rejected in a queue: the broker keeps account in the header `x-death`.
    func failures(in queue: String) -> Int {
        let deaths = properties.headers?["x-death"]?.arrayValue ?? []
        for death in deaths.compactMap(\.tableValue) where death["queue"]?.stringValue == queue {
            if death["reason"]?.stringValue == "rejected" { return Int(death["count"]?.integerValue ?? 0) }
        }
        return 0
    }
}
