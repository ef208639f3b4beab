import Leadership
import Logging
import Relay
import RopewayConfiguration

extension PairEngine {
    func other(than name: String) -> Site? {
        configuration.site(oppositeTo: name).flatMap { sites[$0.name] }
    }

    func acquire(_ site: Site, timeout: Duration) async throws(OperationError) -> HeldLock {
        if let lock = locks[site.name], lock.isHeld { return lock }
        locks[site.name] = nil
        do throws(LockError) {
            let lock = try await SiteLock.acquire(
                site: site,
                pair: configuration.name,
                holder: holder,
                timeout: timeout
            )
            locks[site.name] = lock
            logger.info("lock held", metadata: ["site": "\(site.name)", "generation": "\(lock.generation)"])
            return lock
        } catch {
            switch error.kind {
            case .heldByAnother:
                throw OperationError(.locked, code: "standing-by", message: error.summary, hint: error.hint)
            case .unreachable, .lost, .broken, .cancelled:
                throw OperationError(.failed, code: "lock-unreachable", message: error.summary, hint: error.hint)
            }
        }
    }

    func release(_ site: String) async {
        guard let lock = locks.removeValue(forKey: site) else { return }
        await lock.release()
    }

    func releaseLocks() async {
        for name in locks.keys { await release(name) }
    }

    func write(_ record: PairRecord, to site: Site, _ lock: HeldLock) async throws(OperationError) {
        do throws(RecordError) {
            try await RecordStore(site: site, pair: configuration.name).write(record, generation: lock.generation)
        } catch {
            throw OperationError(.failed, code: "record-not-written", message: error.summary, hint: error.hint)
        }
    }
}
