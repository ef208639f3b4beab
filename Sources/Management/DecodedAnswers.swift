import Synchronization

/// What was decoded of long answers that hardly ever change, such as all policies: decoding the same bytes again would cost
/// many times what reading them does.
final class DecodedAnswers<Value: Sendable>: Sendable {
    private let last = Mutex<[String: (body: [UInt8], value: Value)]>([:])

    /// What was decoded of the last answer to a request, where this one is the same byte for byte.
    func value(of target: String, _ body: [UInt8]) -> Value? {
        last.withLock { $0[target].flatMap { $0.body == body ? $0.value : nil } }
    }

    func keep(_ value: Value, of target: String, _ body: [UInt8]) {
        last.withLock { $0[target] = (body, value) }
    }
}
