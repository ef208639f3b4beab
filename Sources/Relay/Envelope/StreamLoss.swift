import AMQP
import MessageFormat

/// What a stream of some version of RabbitMQ would change of a message's properties.
///
/// A stream keeps messages in AMQP 1.0's sections: it loses arrays, tables, `cluster-id` and headers that have names of the
/// broker's own, widens integers, and a decimal closes the publisher's connection. A delivery mode that is absent comes back
/// as 1 from RabbitMQ 4.
enum StreamLoss {
    static func changes(_ raw: UnsafeRawBufferPointer, _ layout: PropertyLayout) throws(WireError) -> Bool {
        if layout.has(BasicProperties.Flag.clusterID) || changesNumbers(raw, layout) { return true }
        var headers = RawHeaders(raw, layout: layout)
        while let header = try headers.next() {
            if EnvelopeHeaders.isForeign(raw, header.name) { continue }
            if StreamLayout.isLost(header.name, in: raw) { return true }
            switch header.type {
            case UInt8(ascii: "S"), UInt8(ascii: "l"): continue
            case UInt8(ascii: "t") where raw[header.value.lowerBound] <= 1: continue
            default: return true
            }
        }
        return false
    }

    /// Whether a delivery mode, an expiration or a time is not one of those that come back as they were.
    private static func changesNumbers(_ raw: UnsafeRawBufferPointer, _ layout: PropertyLayout) -> Bool {
        guard !layout.deliveryMode.isEmpty, (1...2).contains(raw[layout.deliveryMode.lowerBound]) else { return true }
        if layout.has(BasicProperties.Flag.expiration), raw.milliseconds(layout.expiration.dropFirst()) == nil {
            return true
        }
        guard !layout.timestamp.isEmpty else { return false }
        return raw.loadBigEndian(at: layout.timestamp.lowerBound, as: UInt64.self) > StreamLayout.latestSecond
    }
}
