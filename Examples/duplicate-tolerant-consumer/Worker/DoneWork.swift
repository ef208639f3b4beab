import Foundation

/// What was done: a file with a line for each order, and the newest ids of it in memory, so many and no more.
struct DoneWork {
    private let handle: FileHandle
    private let limit: Int
    private var ids: Set<String> = []
    /// The same in their order, as a ring.
    private var order: [String] = []
    private var next = 0

    init(path: String, limit: Int) throws {
        if !FileManager.default.fileExists(atPath: path) {
            _ = FileManager.default.createFile(atPath: path, contents: nil)
        }
        self.limit = max(limit, 1)
        let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
        handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.seekToEnd()
        for line in text.split(separator: "\n") {
            for id in line.split(separator: " ") { remember(String(id)) }
        }
    }

    func contains(_ id: String) -> Bool { ids.contains(id) }

    /// Notes that an order was done, and under which ids it may come again: one line, so both or neither.
    mutating func note(_ order: String, _ replay: String?) throws {
        let line = [order, replay].compactMap(\.self)
        try handle.write(contentsOf: Data((line.joined(separator: " ") + "\n").utf8))
        for id in line { remember(id) }
    }

    /// Remembers an id, and forgets the oldest where there are too many.
    mutating func remember(_ id: String) {
        guard ids.insert(id).inserted else { return }
        if order.count < limit {
            order.append(id)
            return
        }
        ids.remove(order[next])
        order[next] = id
        next = (next + 1) % limit
    }
}
