/// A step of an operation: planned, under way, or done.
public struct OperationStepReport: Sendable, Hashable, Codable {
    /// How far a step is.
    public enum State: String, Sendable, Hashable, Codable, CaseIterable {
        /// Not begun. Of a plan, every step is.
        case pending
        /// Under way.
        case running
        /// Done.
        case done
    }

    /// A stable word, such as `draining`.
    public var step: String
    /// The site that it is about, where it names one.
    @OrNull public var site: String?
    /// What is done, for a person.
    public var title: String
    /// How far it is.
    public var state: State

    /// Creates a report of a step.
    public init(step: String, site: String? = nil, title: String, state: State = .pending) {
        self.step = step
        self.site = site
        self.title = title
        self.state = state
    }
}
