import AMQP
import NIOCore
import Relay
import Synchronization

/// A site's lock that this process holds, until it is lost or given back.
///
/// It does not give itself back: whoever has it calls ``release()``.
package final class HeldLock: Sendable {
    /// The site's name.
    package let site: String
    /// The pair's name.
    package let pair: String
    /// The fencing generation: higher than that of every earlier holder of this site's lock, at least 1.
    package let generation: UInt64
    /// This process, as it told the broker.
    package let holder: LockHolder

    private enum State {
        case held
        case ended(LockError)
    }

    private let connection: AMQPConnection
    private let lost: EventLoopFuture<String>
    private let state = Mutex(State.held)
    /// What an operator policy does to the token, as far as is known.
    private let conflict = Mutex<String?>(nil)

    private static let policyInterval = Duration.seconds(30)

    init(
        site: String,
        pair: String,
        generation: UInt64,
        holder: LockHolder,
        connection: AMQPConnection,
        lost: EventLoopFuture<String>,
        policy: LockPolicy
    ) {
        self.site = site
        self.pair = pair
        self.generation = generation
        self.holder = holder
        self.connection = connection
        self.lost = lost
        lost.whenSuccess { [self] reason in
            end(.lost(conflict.withLock { $0.map { "\(reason); \($0)" } } ?? reason))
            // After a cancel by the broker the token may still be with this channel, where it is of no use.
            connection.drop()
        }
        let keeping = Task { [weak self] in
            await Self.keep(policy) { found in self?.conflict.withLock { $0 = found } }
        }
        lost.whenComplete { _ in keeping.cancel() }
    }

    /// Outranks policies of others that came later. An operator policy can't be outranked: should the token be lost, it
    /// is told as the reason.
    private static func keep(_ policy: LockPolicy, note: (String?) -> Void) async {
        while (try? await Task.sleep(for: policyInterval)) != nil {
            do throws(TopologyError) {
                try await policy.keep()
                note(nil)
            } catch {
                if error.code == .policyConflict { note(error.message) }
            }
        }
    }

    /// Whether it is held, as far as this process was told. A host that was suspended is told when it goes on.
    package var isHeld: Bool {
        state.withLock { state in
            if case .held = state { true } else { false }
        }
    }

    /// Returns when it is held no more: with the kind lost and the reason, or cancelled after ``release()``.
    package func waitUntilLost() async -> LockError {
        _ = try? await lost.get()
        return end(.lost("the connection ended"))
    }

    /// Has `body` called when it is held no more, whatever the reason; at once if that is so already.
    package func whenEnded(_ body: @escaping @Sendable () -> Void) {
        lost.whenComplete { _ in body() }
    }

    /// Gives the lock back, so that who waits gets it at once. Returns when the broker has it, within two seconds.
    package func release() async {
        end(.cancelled)
        // Closing gives the token back in every version. With a broker that does not answer, the connection counts.
        await connection.close()
    }

    /// Ends as whoever comes first says.
    @discardableResult
    private func end(_ kind: LockError.Kind) -> LockError {
        let error = LockError(kind, site: site, queue: SiteLock.queue(of: pair))
        return state.withLock { state in
            switch state {
            case .ended(let first):
                return first
            case .held:
                state = .ended(error)
                return error
            }
        }
    }
}
