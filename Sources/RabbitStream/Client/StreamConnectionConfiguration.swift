import Logging
import NIOCore
import Transport

/// Where and how to connect.
public struct StreamConnectionConfiguration: Sendable {
    /// Tried in random order. The port is 5552 unless configured, 5551 with TLS.
    public var endpoints: [Endpoint]
    /// For endpoints that use TLS.
    public var tls: TLSOptions?
    /// What is set on the socket.
    public var socket: SocketOptions
    /// How to log in.
    public var credentials: Credentials
    /// The virtual host to open: `/` is the one that every broker has at first.
    public var virtualHost: String
    /// Shown by the broker as the connection's name.
    public var name: String
    /// More client properties for the broker to show.
    public var clientProperties: [String: String]
    /// The heartbeat interval in whole seconds. The broker's own, if smaller, wins.
    public var heartbeat: Duration
    /// The largest frame in bytes that this side sends. The broker's limit, if smaller, wins, and 1 MiB for what is
    /// published.
    public var frameMaximum: UInt32
    /// The largest frame in bytes that this side takes, whatever was negotiated: brokers deliver chunks as they are stored.
    public var largestInboundFrame: Int
    /// How many bytes that the socket has not taken yet may wait; ``StreamConnection/publish(_:publisher:)`` refuses more.
    public var maximumUnsentBytes: Int
    /// For one endpoint's TCP and TLS handshake.
    public var connectTimeout: Duration
    /// For the handshake of the protocol.
    public var handshakeTimeout: Duration
    /// For each answer to a request.
    public var requestTimeout: Duration
    /// Told of the connection's life at info, of each call at debug; of no message, and of no password. Logs nothing by
    /// default.
    public var logger: Logger

    /// Makes a configuration; see the properties for what each part means.
    public init(
        endpoints: [Endpoint],
        tls: TLSOptions? = nil,
        socket: SocketOptions = Self.socketOptions,
        credentials: Credentials,
        virtualHost: String = "/",
        name: String,
        clientProperties: [String: String] = [:],
        heartbeat: Duration = .seconds(10),
        frameMaximum: UInt32 = 1 << 20,
        largestInboundFrame: Int = 64 << 20,
        maximumUnsentBytes: Int = 64 << 20,
        connectTimeout: Duration = .seconds(5),
        handshakeTimeout: Duration = .seconds(10),
        requestTimeout: Duration = .seconds(10),
        logger: Logger? = nil
    ) {
        self.endpoints = endpoints
        self.tls = tls
        self.socket = socket
        self.credentials = credentials
        self.virtualHost = virtualHost
        self.name = name
        self.clientProperties = clientProperties
        self.heartbeat = heartbeat
        self.frameMaximum = frameMaximum
        self.largestInboundFrame = largestInboundFrame
        self.maximumUnsentBytes = maximumUnsentBytes
        self.connectTimeout = connectTimeout
        self.handshakeTimeout = handshakeTimeout
        self.requestTimeout = requestTimeout
        self.logger = logger ?? Logger(label: "rabbit-stream") { _ in SwiftLogNoOpLogHandler() }
    }

    /// The options of a socket for chunks: one chunk or a few a write.
    public static var socketOptions: SocketOptions {
        var options = SocketOptions()
        options.receiveBuffer.maximum = 1 << 20
        options.writeBufferLowWaterMark = 1 << 20
        options.writeBufferHighWaterMark = 4 << 20
        return options
    }

    func logger(at endpoint: Endpoint?) -> Logger {
        var logger = logger
        logger[metadataKey: "connection"] = "\(name)"
        if let endpoint { logger[metadataKey: "endpoint"] = "\(endpoint)" }
        return logger
    }

    var parameters: StreamConnectionHandler.Machine.Parameters {
        var properties = ["product": "ropeway", "platform": "Swift", "connection_name": name]
        properties.merge(clientProperties) { _, given in given }
        return StreamConnectionHandler.Machine.Parameters(
            credentials: credentials,
            virtualHost: virtualHost,
            frameMaximum: frameMaximum == 0
                ? 0 : max(frameMaximum, StreamConnectionHandler.Machine.smallestFrameMaximum),
            heartbeat: UInt32(clamping: heartbeat.components.seconds),
            clientProperties: properties,
            requestTimeout: TimeAmount(requestTimeout)
        )
    }
}
