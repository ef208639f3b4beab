import AMQP

/// Why a site's lock could not be had, or is held no more.
package struct LockError: Error, Sendable, CustomStringConvertible {
    /// What happened.
    package enum Kind: Sendable {
        /// Another process holds it; who, if the broker could tell in time.
        case heldByAnother(LockHolder?)
        /// The site could not be reached, or did not let this user in.
        case unreachable(AMQPError)
        /// It was held and is not any more; the reason.
        case lost(String)
        /// The lock can't work as it is at the site; the reason.
        case broken(String)
        /// The task that waited was cancelled, or the lock was given back.
        case cancelled
    }

    /// What happened.
    package var kind: Kind
    /// The site's name.
    package var site: String
    /// The lock's queue.
    package var queue: String
    /// Whether the other that holds it is this very process, by a connection that it has lost or not yet given up.
    package var isOwnPredecessor = false

    /// Whether it may be otherwise in a moment, as while a node is lost and another takes over what it led.
    var mayPass: Bool {
        guard case .unreachable(let error) = kind else { return false }
        return switch error.code {
        case .connectionLost, .heartbeatTimedOut, .outcomeUnknown: true
        // A node that is being stopped, and one that fails over another that is gone.
        case .closedByBroker: error.replyCode == 320 || error.replyCode == 541
        default: false
        }
    }

    /// Creates an error.
    package init(_ kind: Kind, site: String, queue: String) {
        self.kind = kind
        self.site = site
        self.queue = queue
    }

    /// What happened, without where.
    package var reason: String {
        switch kind {
        case .heldByAnother where isOwnPredecessor:
            "held for this process by an earlier connection of its own, which the broker has not let go yet"
        case .heldByAnother(let holder?): "held by \(holder)"
        case .heldByAnother(nil): "held by another process; the broker did not tell by which in time"
        case .unreachable(let error): error.summary
        case .lost(let reason), .broken(let reason): reason
        case .cancelled: "given up on purpose"
        }
    }

    /// What an operator can do.
    package var hint: String {
        switch kind {
        case .heldByAnother where isOwnPredecessor:
            "it is taken over as soon as the broker lets go, within a minute even if a node was lost"
        case .heldByAnother: "ask that process, or stop it"
        case .unreachable(let error): error.hint
        case .lost:
            "it is taken again as soon as the site answers; look at the link and at the broker's log if it is not"
        case .broken: "see the reason; the queue may be deleted while nothing runs for the pair, it is declared again"
        case .cancelled: "nothing"
        }
    }

    /// What happened and where, without what to do about it.
    package var summary: String { "lock '\(queue)' at site '\(site)': \(reason)" }

    package var description: String { "\(summary); \(hint)" }
}
