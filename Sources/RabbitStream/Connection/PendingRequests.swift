import NIOCore

/// Requests that wait for their answers, by correlation id.
struct PendingRequests<Token> {
    /// What becomes of an id with the answer.
    enum Effect {
        case none
        /// It was taken, and is given back where the answer is no.
        case takes(publisher: UInt8)
        case takesSubscription(UInt8)
        /// It is given back where the answer is yes.
        case gives(publisher: UInt8)
        case givesSubscription(UInt8)
    }

    struct Entry {
        var key: CommandKey
        var effect: Effect
        var deadline: NIODeadline
        var token: Token
    }

    /// How many may wait at a time.
    static var maximum: Int { 1024 }

    private var entries: [UInt32: Entry] = [:]
    private var lastCorrelation: UInt32 = 0

    var isFull: Bool { entries.count >= Self.maximum }

    /// When the first of them has waited long enough.
    var earliestDeadline: NIODeadline? { entries.values.lazy.map(\.deadline).min() }

    /// An id that no waiting request has.
    mutating func nextCorrelation() -> UInt32 {
        repeat { lastCorrelation &+= 1 } while entries[lastCorrelation] != nil
        return lastCorrelation
    }

    mutating func add(_ entry: Entry) -> UInt32 {
        let correlation = nextCorrelation()
        entries[correlation] = entry
        return correlation
    }

    /// The request that an answer is for; `nil` where none of this key and id waits, as for one that came too late.
    mutating func take(_ correlation: UInt32, key: CommandKey) -> Entry? {
        guard entries[correlation]?.key == key else { return nil }
        return entries.removeValue(forKey: correlation)
    }

    /// Those that have waited long enough.
    mutating func takeExpired(at now: NIODeadline) -> [Token] {
        let expired = entries.filter { $0.value.deadline <= now }.sorted { $0.key < $1.key }
        for (correlation, _) in expired { entries.removeValue(forKey: correlation) }
        return expired.map(\.value.token)
    }

    mutating func takeAll() -> [Token] {
        let all = entries.sorted { $0.key < $1.key }.map(\.value.token)
        entries.removeAll()
        return all
    }
}
