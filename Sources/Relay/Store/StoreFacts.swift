/// What a standby store retains, by the broker's statistics, which are some seconds old.
public struct StoreFacts: Sendable, Hashable {
    /// The number of messages; `nil` where the broker does not tell.
    public var messages: Int?
    /// The bytes of their bodies; `nil` where the broker does not tell, as for streams.
    public var bytes: Int?

    /// Creates facts.
    public init(messages: Int?, bytes: Int?) {
        self.messages = messages
        self.bytes = bytes
    }
}
