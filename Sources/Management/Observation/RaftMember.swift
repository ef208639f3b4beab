/// One member of a quorum queue, as its node tells it: not from statistics, but as it is.
package struct RaftMember: Sendable, Hashable, Observed {
    /// The node.
    package var node: String
    /// `leader`, `follower` and others. `nil`: the node does not answer.
    package var state: String?
    /// The current term.
    package var term: Int64?
    /// Up to where entries are committed.
    package var commitIndex: Int64?
    /// Up to where the log was dropped; -1 or 0 where it never was.
    package var snapshotIndex: Int64?
    /// The last entry.
    package var lastIndex: Int64?
    /// The version of the machine: from 8 on the log is compacted sparsely, and its snapshot index proves nothing.
    package var machineVersion: Int64?

    /// Whether it leads.
    package var isLeader: Bool { state == "leader" }

    init?(_ reader: inout JSONReader) throws(JSONReader.Malformed) {
        var member = RaftMember(node: "")
        try reader.forEachMember { (name, reader) throws(JSONReader.Malformed) in
            if name == "Node Name" {
                member.node = try reader.string() ?? ""
            } else if name == "Raft State" {
                member.state = try reader.string()
            } else if name == "Term" {
                member.term = try reader.integer()
            } else if name == "Commit Index" {
                member.commitIndex = try reader.integer()
            } else if name == "Snapshot Index" {
                member.snapshotIndex = try reader.integer()
            } else if name == "Last Log Index" {
                member.lastIndex = try reader.integer()
            } else if name == "Machine Version" {
                member.machineVersion = try reader.integer()
            } else {
                try reader.skip()
            }
        }
        guard !member.node.isEmpty else { return nil }
        self = member
    }

    private init(node: String) { self.node = node }
}
