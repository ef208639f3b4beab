import Consumption
import Management

/// What tells whether a node of a site was restarted, joined, left or lost sight of another.
struct SiteSurroundings: Sendable {
    /// How far apart two estimates of the same start may lie, in milliseconds: answers take their time.
    private static let tolerance: Int64 = 5_000

    private var starts: [String: Int64] = [:]
    /// Other than before once something changed. `nil`: not known.
    private(set) var text: String?

    mutating func note(_ nodes: [Node], at now: SteadyTime) {
        var next: [String: Int64] = [:]
        for node in nodes where node.isRunning {
            guard let uptime = node.uptime else {
                text = nil
                return
            }
            let start = now.milliseconds - uptime
            let known = starts[node.name]
            next[node.name] = known.map { abs($0 - start) <= Self.tolerance ? $0 : start } ?? start
        }
        starts = next
        let partitions = nodes.flatMap { node in node.partitions.map { "\(node.name)|\($0)" } }.sorted()
        let running = next.sorted { $0.key < $1.key }.map { "\($0.key)@\($0.value)" }
        text = (running + partitions).joined(separator: ",")
    }
}
