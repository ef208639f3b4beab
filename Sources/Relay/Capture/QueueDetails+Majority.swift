import Management

extension QueueDetails {
    /// Whether this is a quorum queue or stream that can't confirm anything: half of its members or more are away.
    package var lacksMajority: Bool {
        ["quorum", "stream"].contains(totals.type) && !members.isEmpty && online.count * 2 <= members.count
    }
}
