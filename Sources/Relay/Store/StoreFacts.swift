/// What a standby store retains, by the broker's statistics, which are some seconds old.
package struct StoreFacts: Sendable, Hashable {
    /// The number of messages; `nil` where the broker does not tell.
    package var messages: Int?
    /// The bytes of their bodies; `nil` where the broker does not tell, as for streams.
    package var bytes: Int?

    /// Creates facts.
    package init(messages: Int?, bytes: Int?) {
        self.messages = messages
        self.bytes = bytes
    }
}
