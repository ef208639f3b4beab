/// A site's lock that is held: whoever writes a record, starts routes or works on a promotion has to show it.
///
/// Two handles of one site are never equal: a lock that was lost and taken again is another one, and what was started
/// under the first has ended with it.
package struct LockHandle: Sendable, Hashable, CustomStringConvertible {
    package let site: String
    /// The fencing generation, which grows with every holder of the site's lock.
    package let generation: UInt64
    /// What it was taken under.
    package let ticket: Ticket

    package init(site: String, generation: UInt64, ticket: Ticket) {
        self.site = site
        self.generation = generation
        self.ticket = ticket
    }

    package var description: String { "lock of '\(site)', generation \(generation)" }
}

/// Why a lock could not be had.
package struct LockRefusal: Error, Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// Another process holds it.
        case heldByAnother
        /// The site could not be reached, or can't give it.
        case unavailable
    }

    package var kind: Kind
    package var summary: String
    package var hint: String

    package init(_ kind: Kind, summary: String, hint: String) {
        self.kind = kind
        self.summary = summary
        self.hint = hint
    }
}

/// Why a record was not written.
package struct WriteRefusal: Error, Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// The site has a record of a higher epoch, or of a later holder of its lock: this process no longer leads.
        case superseded
        /// The site said no: nothing was written.
        case refused
        /// Whether it was written, or will be, is not known.
        case unknown
    }

    package var kind: Kind
    package var summary: String
    package var hint: String

    package init(_ kind: Kind, summary: String, hint: String) {
        self.kind = kind
        self.summary = summary
        self.hint = hint
    }
}
