import Management

extension QueueDetails {
    /// Whether this is a quorum queue that can't confirm anything: half of its members or more are away.
    package var lacksMajority: Bool {
        totals.type == "quorum" && !members.isEmpty && online.count * 2 <= members.count
    }
}
