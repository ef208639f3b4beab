import ControlModel
import Failover
import Leadership
import Topology

/// What one site tells of a pair that is to be taken apart.
struct SiteRemains: Sendable {
    /// What Ropeway has there.
    var own: OwnObjects
    /// The record; `nil` for none, or one that can't be read.
    var record: PairRecord?
    /// For which sites what is there was written.
    var marks = SiteMarks([])
    /// Why the queue of the lock can't be one; `nil` where it can, or is not there.
    var lockFault: String?
    /// What Ropeway declared there for applications; `nil` where it is not asked for, or nothing is written down.
    var declared: DeclaredTopology?
    /// What the site defines, where something was declared.
    var definitions: Definitions?
    /// Other pairs that have something there.
    var otherPairs: Set<String> = []

    /// The site.
    var site: String { own.site }
}
