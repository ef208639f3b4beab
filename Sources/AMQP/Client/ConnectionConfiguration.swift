import Logging
import NIOCore
import Transport

/// Where and how to connect.
public struct ConnectionConfiguration: Sendable {
    /// Tried in random order.
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
    public var clientProperties: FieldTable
    /// The heartbeat interval in whole seconds; RabbitMQ recommends 5 to 20 s. The broker's own, if smaller, wins.
    public var heartbeat: Duration
    /// The largest frame in bytes, at least 8192. The broker's limit, if smaller, wins.
    public var frameMaximum: UInt32
    /// The highest channel number. The broker's limit, if smaller, wins.
    public var channelMaximum: UInt16
    /// For one endpoint's TCP and TLS handshake.
    public var connectTimeout: Duration
    /// For the AMQP handshake.
    public var handshakeTimeout: Duration

    /// Told of the connection's life at info, of each call at debug, and of methods and reads at trace; of no message, and of
    /// no password. Its level is looked at once for each connection. Logs nothing by default.
    public var logger: Logger

    /// Makes a configuration; see the properties for what each part means.
    public init(
        endpoints: [Endpoint],
        tls: TLSOptions? = nil,
        socket: SocketOptions = SocketOptions(),
        credentials: Credentials,
        virtualHost: String = "/",
        name: String,
        clientProperties: FieldTable = [:],
        heartbeat: Duration = .seconds(10),
        frameMaximum: UInt32 = 131_072,
        channelMaximum: UInt16 = 2047,
        connectTimeout: Duration = .seconds(5),
        handshakeTimeout: Duration = .seconds(10),
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
        self.channelMaximum = channelMaximum
        self.connectTimeout = connectTimeout
        self.handshakeTimeout = handshakeTimeout
        self.logger = logger ?? ConnectionLog.silent
    }

    /// Says of which connection.
    var namedLogger: Logger {
        var logger = logger
        logger[metadataKey: "connection"] = "\(name)"
        return logger
    }

    func logger(at endpoint: Endpoint) -> Logger {
        var logger = namedLogger
        logger[metadataKey: "endpoint"] = "\(endpoint)"
        return logger
    }

    var parameters: ConnectionMachine.Parameters {
        ConnectionMachine.Parameters(
            credentials: credentials,
            virtualHost: virtualHost,
            frameMaximum: max(frameMaximum, Frame.minimumMaximum),
            channelMaximum: channelMaximum,
            heartbeat: UInt16(clamping: heartbeat.components.seconds),
            clientProperties: properties
        )
    }

    /// The capabilities of the RabbitMQ client protocol that this client has.
    private var properties: FieldTable {
        var all: FieldTable = [
            "product": "ropeway",
            "platform": "Swift",
            "connection_name": .longString(Array(name.utf8)),
            "capabilities": .table([
                "publisher_confirms": true,
                "exchange_exchange_bindings": true,
                "basic.nack": true,
                "consumer_cancel_notify": true,
                "connection.blocked": true,
                "authentication_failure_close": true,
                "per_consumer_qos": true,
            ]),
        ]
        for field in clientProperties.fields { all[field.name] = field.value }
        return all
    }
}
