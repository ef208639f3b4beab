import AMQP
import Management
import NIOCore
import Relay
import Synchronization

/// The token of a site's lock, and who has it.
extension LockAttempt {
    /// Publishes a token where there is none.
    func publishToken() async throws(LockError) {
        let store = RecordStore(api: site.admin.limited(to: deadline - .now), site: site.name, pair: pair)
        let base: UInt64
        do throws(RecordError) {
            base = try await store.highestGeneration()
        } catch {
            throw failure(.broken("there is no token, and for a new one the record must be read: \(error)"))
        }
        try await publishToken(base: base, because: "there is no token")
    }

    /// Publishes a token, on a connection of its own: the lock's never publishes, since in an alarm the broker does not
    /// read from one that does.
    func publishToken(base: UInt64, because reason: String) async throws(LockError) {
        let connection = try await connect("lock token", .publishing)
        let expired = Mutex(false)
        let expiry = expire(connection) { expired.withLock { $0 = true } }
        defer { expiry.cancel() }
        let result: PublishResult
        do throws(LockError) {
            result = try await call { () throws(AMQPError) in
                let channel = try await connection.openChannel()
                try await channel.selectConfirms()
                return try await channel.publish(
                    ByteBuffer(string: "the token of this lock: do not remove it"),
                    properties: LockToken.properties(base: base),
                    exchange: "",
                    routingKey: queue,
                    mandatory: true
                )
            }
        } catch {
            connection.drop()
            guard expired.withLock({ $0 }) else { throw error }
            throw failure(.broken("\(reason), and the broker did not take one in time; is it in an alarm?"))
        }
        await connection.close()
        guard result == .confirmed else {
            // As a queue does whose leader is lost, until there is another.
            throw failure(
                .unreachable(
                    AMQPError(
                        .outcomeUnknown,
                        reason: "\(reason), and the queue did not take another: \(result)",
                        hint: "see that most nodes of the site run"
                    )
                )
            )
        }
    }

    /// Publishes a token where this one is the active consumer and none comes: it was lost between the declaration and
    /// the publish of a process that died, or somebody purged the queue. Takes over from a consumer of this very process
    /// whose connection it has given up.
    func watchQueue(consumer tag: String) async {
        while true {
            do { try await Task.sleep(for: Self.watchInterval) } catch { return }
            let api = site.management.limited(to: deadline - .now)
            guard let active = try? await activeConsumer(by: api), !Task.isCancelled else { continue }
            if active.tag == tag {
                if (try? await publishToken()) != nil { return }
            } else if OwnConsumers.isDead(active.tag, of: holder), let connection = active.connection {
                // Nobody holds anything by it: what was started with it has ended when it was given up.
                _ = try? await api.closeConnection(connection, reason: "ropeway: replaced by a later connection")
            }
        }
    }

    func activeConsumer(by api: ManagementAPI) async throws(ManagementError) -> QueueDetails.Consumer? {
        try await api.queue(queue, virtualHost: site.virtualHost)?.consumerDetails.first { $0.isActive == true }
    }

    /// Who it is that holds the lock. The broker may not have noticed yet that this one is gone.
    func heldByAnother() async -> LockError {
        let active = try? await activeConsumer(by: site.management.limited(to: Self.holderTimeout))
        if let active, OwnConsumers.isOwn(active.tag, of: holder) {
            var error = failure(.heldByAnother(nil))
            error.isOwnPredecessor = true
            return error
        }
        return failure(.heldByAnother(try? await SiteLock.holder(site: site, pair: pair, timeout: Self.holderTimeout)))
    }
}
