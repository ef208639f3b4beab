import Consumption

/// How much a route has carried since a position: messages and bytes, dense for the newest and coarser with age.
package struct VolumeLog: Sendable, Hashable {
    /// An amount of what was carried.
    package struct Volume: Sendable, Hashable {
        package var messages: UInt64
        package var bytes: UInt64

        package init(messages: UInt64 = 0, bytes: UInt64 = 0) {
            self.messages = messages
            self.bytes = bytes
        }
    }

    private struct Entry: Sendable, Hashable {
        var position: Position
        var carried: Volume
    }

    static let limit = 512
    private var entries: [Entry] = []

    package init() {}

    /// Takes note of all that was carried before a position. Positions and volumes only grow.
    package mutating func note(_ position: Position, carried: Volume) {
        if let last = entries.last, last.position >= position { return }
        entries.append(Entry(position: position, carried: carried))
        guard entries.count > Self.limit else { return }
        // Every second one of the older half goes.
        let half = entries.count / 2
        let old = entries[..<half].enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        entries = old + entries[half...]
    }

    /// The most messages that came from one entry to the next since a position: an entry is made ten times a second at
    /// most, and coarser with age. `nil`: nothing came.
    package func surge(since position: Position) -> UInt64? {
        zip(entries, entries.dropFirst()).filter { $1.position >= position }
            .map { $1.carried.messages - $0.carried.messages }.max()
    }

    /// At most so much was carried from a position on. `nil`: the log begins later.
    package func carried(since position: Position) -> Volume? {
        guard let first = entries.last(where: { $0.position <= position }), let last = entries.last else { return nil }
        return Volume(
            messages: last.carried.messages - first.carried.messages,
            bytes: last.carried.bytes - first.carried.bytes
        )
    }
}
