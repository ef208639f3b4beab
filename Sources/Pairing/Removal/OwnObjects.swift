import Management
import Relay
import RopewayConfiguration

/// What Ropeway has on a site for a pair, or for one of its routes.
package struct OwnObjects: Sendable, Hashable {
    /// A queue and what it holds.
    package struct OwnQueue: Sendable, Hashable {
        /// The name.
        package var name: String
        /// The type.
        package var type: String
        /// How many messages can be delivered; `nil` where the broker does not tell, as for a stream that holds some.
        package var messages: Int?
        /// Whether it is a capture that somebody consumes, or may.
        package var hasConsumers: Bool

        /// Whether it holds something, or may.
        package var mayHoldMessages: Bool { messages != 0 }
        /// What it is: the last part of its name.
        package var role: String { String(name.split(separator: ".").last ?? "") }
    }

    /// The site.
    package var site: String
    /// Queues and streams.
    package var queues: [OwnQueue] = []
    /// Exchanges.
    package var exchanges: [String] = []
    /// Policies.
    package var policies: [String] = []
    /// Global parameters, in the order in which they may go: the newest record is the last of them.
    package var parameters: [String] = []

    /// Whether there is nothing.
    package var isEmpty: Bool { queues.isEmpty && exchanges.isEmpty && policies.isEmpty && parameters.isEmpty }

    /// Everything by kind and name, for a person.
    package var names: [String] {
        queues.map { "queue '\($0.name)'" } + exchanges.map { "exchange '\($0)'" } + policies.map { "policy '\($0)'" }
            + parameters.map { "global parameter '\($0)'" }
    }

    /// Reads what a site has.
    ///
    /// - Parameters:
    ///   - prefix: what all names begin with, such as `ropeway.shop.` or `ropeway.shop.orders.`.
    ///   - parameters: whether global parameters are looked for as well.
    static func read(
        _ site: Site,
        prefix: String,
        parameters: Bool
    ) async throws(ManagementError) -> OwnObjects {
        let host = site.virtualHost
        var found = OwnObjects(site: site.name)
        for queue in try await site.management.queueTotals(virtualHost: host) where queue.name.hasPrefix(prefix) {
            found.queues.append(
                OwnQueue(
                    name: queue.name,
                    type: queue.type,
                    messages: queue.messages.map { Int($0) },
                    hasConsumers: false
                )
            )
        }
        found.exchanges = try await site.management.exchanges(virtualHost: host).map(\.name)
            .filter { $0.hasPrefix(prefix) }.sorted()
        found.policies = try await site.admin.policies(virtualHost: host).map(\.name)
            .filter { $0.hasPrefix(prefix) }.sorted()
        if parameters {
            found.parameters = Self.ordered(
                try await site.admin.globalParameters().map(\.name).filter { $0.hasPrefix(prefix) },
                prefix: prefix
            )
        }
        found.queues.sort { $0.name < $1.name }
        for index in found.queues.indices {
            let queue = found.queues[index]
            // Totals come late; what is there is asked of the queue itself.
            if let live = try? await site.liveMessages(of: queue.name, type: queue.type) {
                found.queues[index].messages = live
            } else if queue.type == "stream" {
                found.queues[index].messages = nil
            }
            // Whoever relays a route consumes its capture; stores are only looked into.
            guard queue.name.hasSuffix(".capture") else { continue }
            found.queues[index].hasConsumers = (try? await site.liveConsumers(of: queue.name)).map { $0 > 0 } ?? true
        }
        return found
    }

    /// Records by epoch, the newest last, so that what is left of a removal that was cut off never tells of an older epoch.
    static func ordered(_ names: [String], prefix: String) -> [String] {
        func epoch(_ name: String) -> Int? { Int(name.dropFirst(prefix.count)) }
        return names.sorted { (epoch($0) ?? -1, $0) < (epoch($1) ?? -1, $1) }
    }
}
