import FoundationEssentials

/// A step of an operation: planned, under way, or done.
package struct OperationStepReport: Sendable, Hashable, Codable {
    /// How far a step is.
    package enum State: String, Sendable, Hashable, Codable, CaseIterable {
        /// Not begun. Of a plan, every step is.
        case pending
        /// Under way.
        case running
        /// Done.
        case done
    }

    /// A stable word, such as `draining`.
    package var step: String
    /// The site that it is about, where it names one.
    @OrNull package var site: String?
    /// What is done, for a person.
    package var title: String
    /// How far it is.
    package var state: State
    /// When it began; `nil` before, and where it is not known.
    @OrNull package var started: Date?
    /// How long it took, in seconds; `nil` before it is over, and where it is not known.
    @OrNull package var seconds: Double?
    /// How long it takes by itself, as a plan can tell: what waits for messages, sites or people is `nil`.
    @OrNull package var plannedSeconds: Double?

    /// Creates a report of a step.
    package init(
        step: String,
        site: String? = nil,
        title: String,
        state: State = .pending,
        plannedSeconds: Double? = nil
    ) {
        self.step = step
        self.site = site
        self.title = title
        self.state = state
        self.plannedSeconds = plannedSeconds
    }

    enum CodingKeys: String, CodingKey {
        case step, site, title, state, started, seconds
        case plannedSeconds = "planned_seconds"
    }
}
