#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// When an event reached the machine, by both clocks. The machine reads none itself.
package struct Moment: Sendable, Hashable {
    /// Since some instant in the past: it never goes back. What is waited for is measured by it.
    package var time: Duration
    /// By the wall clock, which may go anywhere: for people and for the ages of messages.
    package var date: Date

    package init(time: Duration, date: Date) {
        self.time = time
        self.date = date
    }
}

/// What an action was begun under. Each action has its own, and later ones are higher: what an action found is dropped
/// if something was decided since that it could not know of.
package struct Ticket: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let number: UInt64

    package init(_ number: UInt64) { self.number = number }

    package static func < (one: Ticket, other: Ticket) -> Bool { one.number < other.number }

    package var description: String { "#\(number)" }
}
