/// The bindings of a topic exchange, as RabbitMQ keeps them: a node for each word on the way.
///
/// An empty key has no words; every other has one more than dots, and some may be empty: `a.` has two. `*` stands for any
/// one word, an empty one included, `#` for any number of them, none included.
struct TopicTrie {
    private struct Node {
        var star: Int32 = -1
        var hash: Int32 = -1
        /// Whether the way there ends with `#`, which takes every further word.
        var isHash = false
        var destinations: [Destination] = []
    }

    private var nodes = [Node()]
    private var words: [ArraySlice<UInt8>: Int32] = [:]
    /// The node behind a node and a literal word.
    private var children: [UInt64: Int32] = [:]

    // Where a match stands. Following all ways at once bounds its time: nodes times words.
    private var active: [Int32] = []
    private var next: [Int32] = []
    private var seen: [UInt32] = []
    private var round: UInt32 = 0

    mutating func insert(_ key: [UInt8], _ destination: Destination) {
        var node = 0
        Self.forEachWord(of: key) { word in node = child(of: node, word) }
        nodes[node].destinations.append(destination)
    }

    private mutating func child(of node: Int, _ word: ArraySlice<UInt8>) -> Int {
        let fresh = Int32(nodes.count)
        if word.count == 1, word.first == UInt8(ascii: "*") {
            if nodes[node].star >= 0 { return Int(nodes[node].star) }
            nodes[node].star = fresh
        } else if word.count == 1, word.first == UInt8(ascii: "#") {
            if nodes[node].hash >= 0 { return Int(nodes[node].hash) }
            nodes[node].hash = fresh
            nodes.append(Node(isHash: true))
            return Int(fresh)
        } else {
            let number = words[word] ?? Int32(words.count)
            words[word] = number
            let edge = Self.edge(Int32(node), number)
            if let known = children[edge] { return Int(known) }
            children[edge] = fresh
        }
        nodes.append(Node())
        return Int(fresh)
    }

    /// Hands on where a message with a routing key goes; a destination may come more than once.
    mutating func match(_ key: [UInt8], _ body: (Destination) -> Void) {
        if seen.count < nodes.count { seen = [UInt32](repeating: 0, count: nodes.count) }
        next.removeAll(keepingCapacity: true)
        beginRound()
        reach(0)
        Self.forEachWord(of: key) { word in
            swap(&active, &next)
            next.removeAll(keepingCapacity: true)
            beginRound()
            let number = words[word]
            for node in active {
                if nodes[Int(node)].isHash { reach(node) }
                reach(nodes[Int(node)].star)
                if let number, let child = children[Self.edge(node, number)] { reach(child) }
            }
        }
        for node in next { nodes[Int(node)].destinations.forEach(body) }
    }

    private mutating func beginRound() {
        round &+= 1
        guard round == 0 else { return }
        for index in seen.indices { seen[index] = 0 }
        round = 1
    }

    /// Takes a node, and what `#` for no word leads to from there.
    private mutating func reach(_ node: Int32) {
        var node = node
        while node >= 0, seen[Int(node)] != round {
            seen[Int(node)] = round
            next.append(node)
            node = nodes[Int(node)].hash
        }
    }

    private static func edge(_ node: Int32, _ word: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: node)) << 32 | UInt64(UInt32(bitPattern: word))
    }

    private static func forEachWord(of key: [UInt8], _ body: (ArraySlice<UInt8>) -> Void) {
        guard !key.isEmpty else { return }
        var start = 0
        for index in key.indices where key[index] == UInt8(ascii: ".") {
            body(key[start..<index])
            start = index + 1
        }
        body(key[start...])
    }
}
