/// The classes of the routing keys that were seen last, in bounded memory.
///
/// A full cache is emptied: the keys in use come back at once.
struct KeyCache {
    private struct Slot {
        var hash: UInt32 = 0
        var start: UInt32 = 0
        var length: UInt16 = 0
        /// -1 where there is none.
        var value: Int32 = -1
    }

    /// So many slots are looked at before a key counts as unknown, so that no set of keys makes a look-up slow.
    private static let longestProbe = 16
    private static let fewestSlots = 64

    private let mostKeys: Int
    private let mostBytes: Int
    /// Chosen at random, so that nobody can choose keys that collide.
    private let seed: UInt64
    private var slots: [Slot] = []
    private var bytes: [UInt8] = []
    private(set) var count = 0

    /// - Parameter mostKeys: a power of two.
    init(mostKeys: Int, mostBytes: Int, seed: UInt64) {
        precondition(mostKeys >= 32 && mostKeys & (mostKeys - 1) == 0, "a cache holds a power of two of keys")
        self.mostKeys = mostKeys
        self.mostBytes = mostBytes
        self.seed = seed
    }

    /// The bytes that it takes at most.
    var mostMemory: Int { mostKeys * 2 * MemoryLayout<Slot>.stride + mostBytes }

    /// The class of a key; -1 where it is not known.
    func value(for key: UnsafeRawBufferPointer) -> Int32 {
        guard !slots.isEmpty else { return -1 }
        let hash = Self.hash(key, seed)
        return slots.withUnsafeBufferPointer { slots in
            let mask = slots.count - 1
            var index = Int(hash) & mask
            for _ in 0..<Self.longestProbe {
                let slot = slots[index]
                if slot.value < 0 { return -1 }
                if slot.hash == hash, Int(slot.length) == key.count, isEqual(slot, key) { return slot.value }
                index = (index + 1) & mask
            }
            return -1
        }
    }

    /// Keeps the class of a key that is not there yet.
    mutating func insert(_ key: UnsafeRawBufferPointer, _ value: Int32) {
        guard key.count <= 255 else { return }
        if count >= mostKeys || bytes.count + key.count > mostBytes {
            // Nothing shrinks: what was needed once will be needed again.
            for index in slots.indices { slots[index] = Slot() }
            bytes.removeAll(keepingCapacity: true)
            count = 0
        } else if count * 2 >= slots.count {
            grow()
        }
        let start = UInt32(bytes.count)
        bytes.append(contentsOf: key)
        place(
            Slot(hash: Self.hash(key, seed), start: start, length: UInt16(key.count), value: value)
        )
        count += 1
    }

    private mutating func grow() {
        let old = slots
        slots = [Slot](repeating: Slot(), count: max(Self.fewestSlots, old.count * 2))
        for slot in old where slot.value >= 0 { place(slot) }
    }

    private mutating func place(_ slot: Slot) {
        let mask = slots.count - 1
        var index = Int(slot.hash) & mask
        for _ in 1..<Self.longestProbe where slots[index].value >= 0 { index = (index + 1) & mask }
        // Behind many others it takes the place of the last of them.
        slots[index] = slot
    }

    private func isEqual(_ slot: Slot, _ key: UnsafeRawBufferPointer) -> Bool {
        bytes.withUnsafeBytes { bytes in
            let start = Int(slot.start)
            var index = 0
            while index + 8 <= key.count {
                let one = bytes.loadUnaligned(fromByteOffset: start + index, as: UInt64.self)
                guard one == key.loadUnaligned(fromByteOffset: index, as: UInt64.self) else { return false }
                index += 8
            }
            while index < key.count {
                guard bytes[start + index] == key[index] else { return false }
                index += 1
            }
            return true
        }
    }

    private static func hash(_ key: UnsafeRawBufferPointer, _ seed: UInt64) -> UInt32 {
        var state = seed ^ UInt64(truncatingIfNeeded: key.count)
        var index = 0
        while index + 8 <= key.count {
            state = mixed(state ^ key.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            index += 8
        }
        var rest: UInt64 = 0
        while index < key.count {
            rest = rest << 8 | UInt64(key[index])
            index += 1
        }
        state = mixed(state ^ rest)
        return UInt32(truncatingIfNeeded: state ^ state >> 32)
    }

    private static func mixed(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return product.high ^ product.low
    }
}
