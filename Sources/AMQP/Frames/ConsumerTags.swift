/// The tags of a channel's consumers, each in a place that the deliveries for it carry.
struct ConsumerTags {
    /// The place that stands for a consumer which has ended.
    static let endedPlace = UInt16.max
    /// How many that have ended are remembered: a queue that lives on several nodes may deliver after its end was told.
    private static let endedLimit = 16

    /// Empty where one has ended and another may take its place.
    private var tags: [[UInt8]] = []
    private var ended: [[UInt8]] = []

    /// Takes the lowest free place.
    ///
    /// - Returns: that place; `nil` where there is a consumer of this tag.
    mutating func add(_ tag: [UInt8]) -> Int? {
        if tags.contains(tag) { return nil }
        ended.removeAll { $0 == tag }
        if let free = tags.firstIndex(of: []) {
            tags[free] = tag
            return free
        }
        tags.append(tag)
        return tags.count - 1
    }

    /// Frees the place of a consumer that has ended.
    mutating func remove(_ tag: [UInt8]) {
        guard !tag.isEmpty, let place = tags.firstIndex(of: tag) else { return }
        tags[place] = []
        if ended.count == Self.endedLimit { ended.removeFirst() }
        ended.append(tag)
    }

    /// The place of a consumer, ``endedPlace`` for one that has ended; `nil` for one that there never was.
    func place(of tag: UnsafeRawBufferPointer) -> UInt16? {
        guard tag.count > 0 else { return nil }
        if let place = tags.firstIndex(where: { Self.isSame($0, tag) }) { return UInt16(clamping: place) }
        return ended.contains { Self.isSame($0, tag) } ? Self.endedPlace : nil
    }

    private static func isSame(_ one: [UInt8], _ other: UnsafeRawBufferPointer) -> Bool {
        one.count == other.count && one.elementsEqual(other)
    }
}
