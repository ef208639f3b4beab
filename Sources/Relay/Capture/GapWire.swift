import AMQP
import Management
import RopewayConfiguration

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The tripwire of a capture: what its limit drops is dead-lettered here, and one message of it stays.
///
/// A classic queue keeps the first, since it refuses what comes later. A quorum queue, which does not depend on one node,
/// refuses nothing that is dead-lettered to it (18 of 18 messages were in one of length 1, on 3.10.8, 4.0.5 and 4.3.6):
/// it drops what it has, and keeps the last.
///
/// A dead-letter exchange also gets what expires, and short-lived messages that expire in a capture are no gap. So a
/// headers exchange stands in front: messages that expired in this very capture go round in a circle, which RabbitMQ
/// ends; everything else, whatever it died of earlier in its life, goes on by the alternate exchange into the queue.
struct GapWire: Sendable {
    let names: ObjectNames

    /// Takes what the capture dead-letters.
    var filter: String { names.gap + ".filter" }
    /// The queue, and the fanout exchange in front of it.
    var queue: String { names.gap }

    /// The way of a message from the capture to the queue.
    enum Way: Sendable, Hashable {
        /// As it should be. Its exchanges are told from others of the same names by this.
        case whole(incarnation: String)
        /// Something is missing, or is not as it should be: what the capture drops may not get to the queue.
        case broken(String)
    }

    /// Declares exchanges, queue and bindings; nothing changes where they are there.
    func declare(_ type: RouteConfiguration.QueueType, on channel: AMQPChannel) async throws(AMQPError) {
        let incarnation = FieldValue.string(Incarnation.fresh())
        try await channel.declareExchange(
            queue,
            type: "fanout",
            isInternal: true,
            arguments: [Incarnation.key: incarnation]
        )
        try await channel.declareExchange(
            filter,
            type: "headers",
            isInternal: true,
            arguments: ["alternate-exchange": .string(queue), Incarnation.key: incarnation]
        )
        // "first" is where RabbitMQ below 3.13 tells of a message's only death, "last" is in newer versions.
        for death in ["first", "last"] {
            try await channel.bindExchange(
                filter,
                to: filter,
                arguments: [
                    "x-match": "all-with-x",
                    "x-\(death)-death-queue": .string(names.capture),
                    "x-\(death)-death-reason": "expired",
                ]
            )
        }
        var arguments: FieldTable = ["x-queue-type": .string(type.rawValue), "x-max-length": 1]
        arguments[Incarnation.key] = .string(Incarnation.fresh())
        // Nobody waits for a confirm of what is refused here.
        arguments["x-overflow"] = .string(type == .classic ? "reject-publish" : "drop-head")
        // Without a limit of deliveries, RabbitMQ 3.10 appends what is given back.
        if type == .quorum { arguments["x-delivery-limit"] = .int64(PolicyHarm.unlimitedDeliveries) }
        try await channel.declareQueue(queue, arguments: arguments)
        try await channel.bindQueue(queue, to: queue)
    }

    /// Looks whether what the capture drops still gets to the queue. Four requests, but for what was listed for who looks.
    func way(at site: Site, in view: HostView) async throws(ManagementError) -> Way {
        let host = site.virtualHost
        guard let filter = try await exchange(self.filter, at: site, in: view),
            filter.type == "headers", filter.arguments["alternate-exchange"] == .string(queue)
        else { return .broken("exchange '\(self.filter)' is gone") }
        guard let fanout = try await exchange(queue, at: site, in: view), fanout.type == "fanout" else {
            return .broken("exchange '\(queue)' is gone")
        }
        // Only what no binding takes goes on by the alternate exchange.
        var ofFilter = view.bindings(fromExchange: self.filter)
        if ofFilter == nil {
            ofFilter = try await site.management.bindings(fromExchange: self.filter, virtualHost: host)
        }
        if let astray = ofFilter?.first(where: { $0.destination != self.filter }) {
            return .broken("'\(astray.destination)' is bound to exchange '\(self.filter)', and takes what is dropped")
        }
        var ofQueue = view.bindings(toQueue: queue)
        if ofQueue == nil { ofQueue = try await site.management.bindings(toQueue: queue, virtualHost: host) }
        guard ofQueue?.contains(where: { $0.source == queue }) ?? false else {
            return .broken("queue '\(queue)' is not bound to exchange '\(queue)'")
        }
        let incarnations = [filter, fanout].map { $0.arguments[Incarnation.key]?.string ?? "" }
        return .whole(incarnation: incarnations.joined(separator: "/"))
    }

    private func exchange(
        _ name: String,
        at site: Site,
        in view: HostView
    ) async throws(ManagementError) -> Exchange? {
        if let listed = view.exchange(name) { return listed }
        return try await site.management.exchange(name, virtualHost: site.virtualHost)
    }

    /// What the queue's policy sets.
    static func definition(for type: RouteConfiguration.QueueType) -> [String: JSONValue] {
        ["max-length": 1, "overflow": type == .classic ? "reject-publish" : "drop-head"]
    }

    /// Looks into the queue's message and gives it back.
    ///
    /// It is taken rather than counted first: a classic queue answers how many messages are ready before it takes back
    /// one that was just rejected, so that the second of two looks in a row would see none.
    func state(on channel: AMQPChannel) async throws(AMQPError) -> GapState {
        guard let message = try await channel.get(queue) else {
            // Somebody else may be looking at it right now, or has just given it back.
            let isTripped = try await channel.declareQueue(queue, passive: true).messages > 0
            return GapState(isTripped: isTripped, since: nil)
        }
        let since = droppedAt(message)
        try? await channel.reject(message.deliveryTag, requeue: true)
        return GapState(isTripped: true, since: since)
    }

    /// Clears the tripwire.
    func acknowledge(on channel: AMQPChannel) async throws(AMQPError) {
        try await channel.purgeQueue(queue)
    }

    /// Deletes exchanges and queue.
    func remove(on channel: AMQPChannel) async throws(AMQPError) {
        try await channel.deleteExchange(filter)
        try await channel.deleteExchange(queue)
        try await channel.deleteQueue(queue)
    }

    private func droppedAt(_ message: Delivery) -> Date? {
        for death in message.properties.headers?["x-death"]?.arrayValue ?? [] {
            guard let table = death.tableValue, table["queue"]?.stringValue == names.capture,
                case .timestamp(let seconds) = table["time"]
            else { continue }
            return Date(timeIntervalSince1970: Double(seconds))
        }
        return nil
    }
}
