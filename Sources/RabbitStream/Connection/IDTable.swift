/// The ids 0 to 255 that a connection has for its publishers, and others for its subscriptions.
///
/// A free id is taken in turn: what still comes for one that was given back is not soon taken for its successor's.
struct IDTable {
    private var streams: [String?] = Array(repeating: nil, count: 256)
    private var next: UInt8 = 0

    /// The ids in use.
    private(set) var count = 0

    /// The stream that an id is used for.
    subscript(id: UInt8) -> String? { streams[Int(id)] }

    /// Takes an id; `nil` where all are in use.
    mutating func take(for stream: String) -> UInt8? {
        guard count < streams.count else { return nil }
        while streams[Int(next)] != nil { next &+= 1 }
        let id = next
        streams[Int(id)] = stream
        count += 1
        next &+= 1
        return id
    }

    /// Gives an id back.
    mutating func give(_ id: UInt8) {
        guard streams[Int(id)] != nil else { return }
        streams[Int(id)] = nil
        count -= 1
    }

    /// Gives back all ids of a stream, and returns them.
    mutating func giveAll(of stream: String) -> [UInt8] {
        let ids = streams.indices.filter { streams[$0] == stream }.map { UInt8($0) }
        for id in ids { give(id) }
        return ids
    }
}
