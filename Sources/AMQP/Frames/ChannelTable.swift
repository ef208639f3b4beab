/// What there is for each open channel of a connection, by its number.
struct ChannelTable<Entry> {
    private var entries: [Entry?] = []

    func contains(_ number: UInt16) -> Bool {
        Int(number) < entries.count && entries[Int(number)] != nil
    }

    /// The entry of a channel that is open. It changes in place; nothing is added this way.
    subscript(number: UInt16) -> Entry? {
        _read {
            if Int(number) < entries.count { yield entries[Int(number)] } else { yield nil }
        }
        _modify {
            if Int(number) < entries.count {
                yield &entries[Int(number)]
            } else {
                var none: Entry?
                yield &none
            }
        }
    }

    mutating func insert(_ entry: Entry, at number: UInt16) {
        while entries.count <= Int(number) { entries.append(nil) }
        entries[Int(number)] = entry
    }

    mutating func remove(_ number: UInt16) {
        if Int(number) < entries.count { entries[Int(number)] = nil }
    }

    /// Everything by its number, for a loop in which channels may close and open.
    var all: [Entry?] { entries }

    /// Takes everything out.
    mutating func removeAll() -> [Entry] {
        defer { entries = [] }
        return entries.compactMap { $0 }
    }

    /// The lowest number from 1 up that is free; 0 is the connection's own.
    func lowestFree(upTo highest: UInt16) -> UInt16? {
        var number = 1
        while number < entries.count, entries[number] != nil { number += 1 }
        return number <= Int(highest) ? UInt16(number) : nil
    }
}
