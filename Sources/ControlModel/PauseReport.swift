import FoundationEssentials

/// The write pause of a promotion: the time in which neither site's applications could publish.
///
/// It is the least that it was. A planned promotion wants the publishers of the site that was active silent from when it
/// looks whether they are; that they stopped earlier, or start later than they may, it does not see. Of a forced one it is
/// the time since the link to that site was lost.
package struct PauseReport: Sendable, Hashable, Codable {
    /// From when nothing could be published to the site that was active; `nil` if that is not known.
    @OrNull package var from: Date?
    /// When the promoted site was open; `nil` before, or if that is not known.
    @OrNull package var to: Date?
    /// How long it was, in seconds; `nil` where an end is not known.
    @OrNull package var seconds: Double?

    /// Creates a report of a pause.
    package init(from: Date?, to: Date?) {
        self.from = from
        self.to = to
        if let from, let to, to >= from { seconds = to.timeIntervalSince(from) }
    }
}
