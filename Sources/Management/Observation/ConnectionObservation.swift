/// A connection, and what is spoken on it.
package struct ConnectionObservation: Sendable, Hashable, Observed {
    /// The name.
    package var name: String
    /// Such as `AMQP 0-9-1`, `Direct 0-9-1` within the broker, `MQTT 3-1-1`. Empty: not told.
    package var `protocol`: String
    /// What the client calls it. Empty: nothing.
    package var clientName: String

    /// Whether what it gets, it gets by channels, or from streams only, which keep what is consumed.
    package var consumesByChannels: Bool {
        `protocol`.hasPrefix("AMQP 0") || `protocol`.hasPrefix("Direct 0") || `protocol` == "stream"
    }

    static let columns = ["name", "protocol", "user_provided_name"]

    package init(name: String, protocol: String, clientName: String = "") {
        self.name = name
        self.clientName = clientName
        self.protocol = `protocol`
    }

    init?(_ reader: inout JSONReader) throws(JSONReader.Malformed) {
        var name = ""
        var `protocol` = ""
        var clientName = ""
        try reader.forEachMember { (key, reader) throws(JSONReader.Malformed) in
            if key == "name" {
                name = try reader.string() ?? ""
            } else if key == "protocol" {
                `protocol` = try reader.string() ?? ""
            } else if key == "user_provided_name" {
                clientName = try reader.string() ?? ""
            } else {
                try reader.skip()
            }
        }
        guard !name.isEmpty else { return nil }
        self.name = name
        self.protocol = `protocol`
        self.clientName = clientName
    }
}
