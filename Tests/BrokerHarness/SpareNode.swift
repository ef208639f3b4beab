/// Nodes for tests that kill, freeze or alarm one: a test borrows a node, and leaves it thawed and without an alarm for the
/// next, which has it started again where it is down. Starting a new one takes longer than most of these tests.
public enum SpareNode {
    private actor Shelf {
        private var nodes: [BrokerSite: [BrokerNode]] = [:]
        private var started = 0

        func take(_ site: BrokerSite) -> BrokerNode? { nodes[site, default: []].popLast() }
        func put(_ node: BrokerNode) { nodes[node.site, default: []].append(node) }

        func freshName() -> String {
            started += 1
            return "spare\(started)"
        }
    }

    private static let shelf = Shelf()

    /// Runs `body` with a node of its own. A node that a test fails with is wiped, whatever it left behind with it.
    public static func with<Value>(
        on site: BrokerSite = .dc1,
        _ body: (BrokerNode) async throws -> Value
    ) async throws -> Value {
        let node: BrokerNode
        if let spare = await shelf.take(site) {
            node = spare
            if try await node.processIdentifier() == nil { try await node.start() }
        } else {
            node = try await BrokerNode.start(await shelf.freshName(), on: site)
        }
        do {
            let value = try await body(node)
            await shelf.put(node)
            return value
        } catch {
            try? await node.wipe()
            throw error
        }
    }
}
