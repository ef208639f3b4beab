import DequeModule

/// The publishes of a channel that somebody awaits the broker's word of, without I/O.
///
/// A return carries no number. It comes before the confirm that covers it, so it is taken for the oldest mandatory
/// publish that looks like it: among messages that are alike in every respect it does not matter which one it was.
struct AwaitedPublishes<Token> {
    private struct Awaited {
        var token: Token
        var likeness: ReturnLikeness?
        var isReturned = false
    }

    private var awaited: [UInt64: Awaited] = [:]
    private var order: Deque<UInt64> = []

    var isEmpty: Bool { order.isEmpty }

    /// Notes a publish that was sent with this number; `likeness` for a mandatory one.
    mutating func add(_ sequence: UInt64, _ token: Token, likeness: ReturnLikeness?) {
        awaited[sequence] = Awaited(token: token, likeness: likeness)
        order.append(sequence)
    }

    /// Notes a message that came back.
    mutating func returned(_ message: @autoclosure () -> ReturnLikeness) {
        let open = order.filter { awaited[$0]?.likeness != nil && awaited[$0]?.isReturned == false }
        guard !open.isEmpty else { return }
        let message = message()
        let found = open.first { awaited[$0]?.likeness?.equals(message) == true } ?? mostAlike(message, among: open)
        guard let found else { return }
        awaited[found]?.isReturned = true
    }

    /// The oldest of those that resemble the message and share the most headers with it.
    private func mostAlike(_ message: ReturnLikeness, among open: some Sequence<UInt64>) -> UInt64? {
        let headers = HeaderLikeness(message.properties)
        var found: UInt64?
        var most = -1
        for sequence in open {
            guard let likeness = awaited[sequence]?.likeness, likeness.resembles(message) else { continue }
            if found == nil { found = sequence }
            guard let shared = headers.sharedHeaders(with: likeness.properties), shared > most else { continue }
            (found, most) = (sequence, shared)
        }
        return found
    }

    /// Takes out what a confirm speaks of, each with what became of it.
    mutating func settle(_ confirm: Confirm) -> [(Token, PublishResult)] {
        var settled: [(Token, PublishResult)] = []
        if confirm.isMultiple {
            while let first = order.first, first <= confirm.sequence {
                order.removeFirst()
                take(first, confirm.isPositive, into: &settled)
            }
        } else {
            take(confirm.sequence, confirm.isPositive, into: &settled)
            while let first = order.first, awaited[first] == nil { order.removeFirst() }
        }
        return settled
    }

    private mutating func take(_ sequence: UInt64, _ isPositive: Bool, into settled: inout [(Token, PublishResult)]) {
        guard let publish = awaited.removeValue(forKey: sequence) else { return }
        settled.append((publish.token, publish.isReturned ? .returned : isPositive ? .confirmed : .refused))
    }

    /// Takes everything out, in the order in which it was published: no word will come.
    mutating func removeAll() -> [Token] {
        defer {
            awaited.removeAll()
            order.removeAll()
        }
        return order.compactMap { awaited[$0]?.token }
    }
}
