/// What is to happen, by its time; what is due at the same time happens in the order in which it was added.
struct EventQueue {
    private struct Entry {
        var time: Int
        var number: Int
        var action: () -> Void

        func isBefore(_ other: Entry) -> Bool { (time, number) < (other.time, other.number) }
    }

    private var heap: [Entry] = []
    private var added = 0

    mutating func add(at time: Int, _ action: @escaping () -> Void) {
        heap.append(Entry(time: time, number: added, action: action))
        added += 1
        var index = heap.count - 1
        while index > 0, heap[index].isBefore(heap[(index - 1) / 2]) {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    /// When something is due next.
    var nextTime: Int? { heap.first?.time }

    /// Takes what is due next.
    mutating func next() -> (time: Int, action: () -> Void)? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        if heap.isEmpty { return (first.time, first.action) }
        heap[0] = last
        var index = 0
        while true {
            var smallest = index
            for child in [2 * index + 1, 2 * index + 2]
            where child < heap.count && heap[child].isBefore(heap[smallest]) { smallest = child }
            if smallest == index { break }
            heap.swapAt(index, smallest)
            index = smallest
        }
        return (first.time, first.action)
    }
}
