/// When the messages of a stream were written, by their offsets: chunks carry a time, the messages in them don't.
package struct ChunkTimes: Sendable, Hashable {
    /// Chunks that were written within so many milliseconds count as one, so that a day of them takes little memory.
    static let resolution: Int64 = 250

    private struct Entry: Sendable, Hashable {
        var offset: Int64
        var time: Int64
    }

    private var entries: [Entry] = []

    package init() {}

    /// Notes a chunk. They come in the order of their offsets.
    package mutating func note(offset: Int64, time: Int64) {
        // A clock that was set back makes no message older than one before it.
        let time = max(time, entries.last?.time ?? .min)
        if let last = entries.last, time < last.time + Self.resolution { return }
        entries.append(Entry(offset: offset, time: time))
    }

    /// When a message was written: milliseconds since 1970, by the clock of the broker that did, and never later than that;
    /// `nil` for one before the first that was noted.
    package func time(at offset: Int64) -> Int64? {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].offset <= offset { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? entries[low - 1].time : nil
    }
}
