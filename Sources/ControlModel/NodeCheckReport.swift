/// What one health check of one node said.
package struct NodeCheckReport: Sendable, Hashable, Codable {
    /// How a check ended.
    package enum Status: String, Sendable, Hashable, Codable, CaseIterable {
        /// It passed.
        case ok
        /// It did not; see the reason.
        case failed
        /// It could not be made: no answer, or no permission.
        case unknown
        /// The broker's version has no such check.
        case unsupported
    }

    /// The node, such as `rabbit@a`; or the endpoint, where the node's name isn't known.
    package var node: String
    /// The check, such as `alarms`.
    package var name: String
    /// How it ended.
    package var status: Status
    /// Why it did not pass; `nil` if it did.
    @OrNull package var reason: String?

    /// Creates a report of a check.
    package init(node: String, name: String, status: Status, reason: String? = nil) {
        self.node = node
        self.name = name
        self.status = status
        self.reason = reason
    }
}
