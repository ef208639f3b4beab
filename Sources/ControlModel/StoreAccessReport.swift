/// How a standby store is published to.
package struct StoreAccessReport: Sendable, Hashable, Codable {
    /// A protocol that a store is published to over.
    package enum WireProtocol: String, Sendable, Hashable, Codable {
        /// RabbitMQ's stream protocol.
        case stream
        /// AMQP 0-9-1.
        case amqp
    }

    /// Over which protocol; `nil` where nobody publishes.
    @OrNull package var wireProtocol: WireProtocol?
    /// Why it is AMQP where the stream protocol is configured.
    @OrNull package var fault: String?

    /// Creates a report of how a store is published to.
    package init(_ wireProtocol: WireProtocol?, fault: String? = nil) {
        self.wireProtocol = wireProtocol
        self.fault = fault
    }

    /// Nobody publishes to it.
    package static let none = StoreAccessReport(nil)

    enum CodingKeys: String, CodingKey {
        case fault
        case wireProtocol = "protocol"
    }
}
