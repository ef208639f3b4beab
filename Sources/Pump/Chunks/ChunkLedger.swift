import DequeModule

/// What was published and is not confirmed, in the order of the publishing ids.
struct ChunkLedger: Sendable {
    private struct Entry {
        var id: UInt64
        var records: Int
        var bytes: Int
        var isConfirmed = false
    }

    private var entries: Deque<Entry> = []
    private(set) var bytes = 0
    private(set) var records = 0

    var isEmpty: Bool { entries.isEmpty }
    var count: Int { entries.count }

    /// The offset of the source with which the oldest begins.
    var firstOffset: UInt64? { entries.first.map { $0.id - UInt64($0.records) } }

    mutating func published(_ id: UInt64, records: Int, bytes: Int) {
        entries.append(Entry(id: id, records: records, bytes: bytes))
        self.bytes += bytes
        self.records += records
    }

    /// - Returns: how many messages are confirmed by that; 0 for an id that was not published, or is confirmed already.
    mutating func confirmed(_ id: UInt64) -> Int {
        guard let index = index(of: id), !entries[index].isConfirmed else { return 0 }
        entries[index].isConfirmed = true
        let records = entries[index].records
        bytes -= entries[index].bytes
        self.records -= records
        while entries.first?.isConfirmed == true { entries.removeFirst() }
        return records
    }

    /// Brokers confirm in order, nearly always.
    private func index(of id: UInt64) -> Int? {
        if entries.first?.id == id { return 0 }
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low < entries.count && entries[low].id == id ? low : nil
    }
}
