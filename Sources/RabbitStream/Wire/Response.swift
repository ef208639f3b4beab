/// How a request is answered.
struct Response: Sendable, Equatable {
    var code: ResponseCode
    var content: Content = .none

    /// What comes with the code, where that is `ok`.
    enum Content: Sendable, Equatable {
        case none
        case sequence(UInt64)
        case offset(UInt64)
        case metadata(brokers: [UInt16: StreamBroker], streams: [Stream])
        case properties([String: String])
        case mechanisms([String])
        case challenge([UInt8])
        case streams([String])
        case commandVersions([CommandVersions])
        case statistics([String: Int64])
        /// Of a client, to a consumer update: where the consumer is to begin; `nil` leaves it where it is.
        case offsetSpecification(OffsetSpecification?)
    }

    /// A stream in an answer to metadata, with brokers by their number.
    struct Stream: Sendable, Equatable {
        var name: String
        var code: ResponseCode
        /// 65535 where there is none.
        var leader: UInt16
        var replicas: [UInt16]

        static let noBroker = UInt16.max
    }
}

/// A node as it wants to be connected to: the broker's `stream.advertised_host` and `stream.advertised_port`.
public struct StreamBroker: Sendable, Hashable, CustomStringConvertible {
    /// A host name or an address.
    public let host: String
    /// The TCP port.
    public let port: Int

    /// Makes a node.
    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    public var description: String { "\(host):\(port)" }
}
