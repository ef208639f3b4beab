import AMQP
import Management
import NIOCore
import NIOPosix
import Relay

/// The lock of a site for a pair: a quorum queue with a single active consumer and one token message.
///
/// Who holds the unacknowledged token holds the lock. The queue hands it to one consumer only, and to the next when
/// that one's connection ends; what else is published to it goes to the same consumer, which removes it.
package enum SiteLock {
    /// The name of the lock's queue.
    package static func queue(of pair: String) -> String { PairNames(pair: pair).lock }

    /// Why a queue that has the lock's name can't be it; `nil` where it can.
    package static func fault(of queue: QueueTotals) -> String? {
        let isAlike =
            queue.type == "quorum" && queue.arguments["x-single-active-consumer"] == true
            && queue.arguments["x-delivery-limit"] == .integer(deliveryLimit)
        guard !isAlike else { return nil }
        return
            "queue '\(queue.name)' is no quorum queue with a single active consumer and x-delivery-limit \(deliveryLimit): "
            + "it can't be the lock"
    }

    /// RabbitMQ 4 drops what was delivered more often than 20 times, unless a limit is set.
    static let deliveryLimit: Int64 = 1_000_000_000

    /// Waits for the lock.
    ///
    /// - Parameters:
    ///   - holder: this process, for others to see.
    ///   - timeout: for everything, whatever does not answer. To find out who holds the lock instead may take 2 s more.
    ///   - eventLoop: where the connection's events happen.
    /// - Throws: ``LockError``.
    package static func acquire(
        site: Site,
        pair: String,
        holder: LockHolder,
        timeout: Duration,
        on eventLoop: any EventLoop = NIOSingletons.posixEventLoopGroup.next()
    ) async throws(LockError) -> HeldLock {
        try await acquire(
            site: site,
            pair: pair,
            holder: holder,
            timeout: timeout,
            renewal: LockRenewal(),
            on: eventLoop
        )
    }

    static func acquire(
        site: Site,
        pair: String,
        holder: LockHolder,
        timeout: Duration,
        renewal: LockRenewal,
        on eventLoop: any EventLoop
    ) async throws(LockError) -> HeldLock {
        let attempt = LockAttempt(
            site: site,
            pair: pair,
            holder: holder,
            deadline: .now + timeout,
            renewal: renewal,
            eventLoop: eventLoop
        )
        return try await attempt.run()
    }

    /// Who holds the lock; `nil` if nobody does, or who does can't be told.
    ///
    /// The broker learns of consumers and connections at its statistics interval: the answer is up to 5 s old.
    ///
    /// - Parameter timeout: for the whole answer.
    package static func holder(
        site: Site,
        pair: String,
        timeout: Duration = .seconds(5)
    ) async throws(ManagementError) -> LockHolder? {
        let api = site.management.limited(to: timeout)
        // One that waits looks the same but for being active.
        guard let queue = try await api.queue(queue(of: pair), virtualHost: site.virtualHost),
            let name = queue.consumerDetails.first(where: { $0.isActive == true })?.connection
        else { return nil }
        let connection = try await api.connections().first { $0.name == name }
        return connection.flatMap { LockHolder(clientProperties: $0.clientProperties, pair: pair) }
    }
}
