import Logging

/// What a connection logs: its life at info, each call at debug, each method and each read at trace.
///
/// Deliveries, publishes, confirms and acknowledgements are counted a read, and never logged one by one.
struct ConnectionLog: Sendable {
    /// Logs nothing.
    static let silent = Logger(label: "amqp") { _ in SwiftLogNoOpLogHandler() }

    private let logger: Logger
    /// Looked at once: asking a logger for its level costs more than what is done for a frame.
    private let traces: Bool
    private let debugs: Bool

    init(_ logger: Logger = silent) {
        self.logger = logger
        traces = logger.logLevel <= .trace
        debugs = logger.logLevel <= .debug
    }

    // MARK: The connection

    func opened(_ negotiated: Negotiated, _ server: FieldTable) {
        logger.info(
            "AMQP connection opened",
            metadata: [
                "broker": "\(server["product"]?.text ?? "unknown") \(server["version"]?.text ?? "unknown")",
                "frame-max": "\(negotiated.frameMaximum)", "heartbeat": "\(negotiated.heartbeat) s",
            ]
        )
    }

    /// A handshake that fails is told to who wanted the connection, and logged there.
    func ended(_ error: AMQPError, wasOpen: Bool) {
        guard wasOpen else { return }
        logger.info("AMQP connection ended", metadata: ["code": "\(error.code)", "reason": "\(error.reason)"])
    }

    func blocked(_ reason: String) {
        logger.info("the broker blocks publishers", metadata: ["reason": "\(reason)"])
    }

    func unblocked() { logger.info("the broker takes publishes again") }

    // MARK: Calls

    func called(_ method: Method, channel: UInt16) {
        guard debugs else { return }
        logger.debug("call", metadata: metadata(method, channel))
    }

    func refused(_ error: AMQPError, channel: UInt16) {
        logger.debug(
            "channel closed by the broker",
            metadata: [
                "channel": "\(channel)", "reply-code": "\(error.replyCode ?? 0)", "reason": "\(error.reason)",
            ]
        )
    }

    // MARK: Frames

    func sent(_ method: Method, channel: UInt16) {
        if traces { logger.trace("sent", metadata: metadata(method, channel)) }
    }

    func received(_ method: Method, channel: UInt16) {
        if traces { logger.trace("received", metadata: metadata(method, channel)) }
    }

    func received(_ ready: InboundDecoder.Ready) {
        guard traces else { return }
        logger.trace(
            "received",
            metadata: [
                "channel": "\(ready.channel)", "deliveries": "\(ready.batch?.count ?? 0)",
                "confirms": "\(ready.confirms.count)",
            ]
        )
    }

    private func metadata(_ method: Method, _ channel: UInt16) -> Logger.Metadata {
        var metadata: Logger.Metadata = ["channel": "\(channel)", "method": "\(method.id)"]
        if let object = method.object { metadata["object"] = "\(object)" }
        return metadata
    }
}

extension Method {
    /// The name of what it is about, where that has one. No argument else is logged: some are secrets.
    fileprivate var object: String? {
        switch self {
        case .exchangeDeclare(let declare): declare.exchange
        case .exchangeDelete(let delete): delete.exchange
        case .exchangeBind(let bind): "\(bind.source) → \(bind.destination)"
        case .exchangeUnbind(let unbind): "\(unbind.source) → \(unbind.destination)"
        case .queueDeclare(let declare): declare.queue
        case .queueDelete(let delete): delete.queue
        case .queuePurge(let purge): purge.queue
        case .queueBind(let bind): "\(bind.exchange) → \(bind.queue)"
        case .queueUnbind(let unbind): "\(unbind.exchange) → \(unbind.queue)"
        case .basicConsume(let consume): consume.queue
        case .basicCancel(let cancel): cancel.consumerTag
        case .basicGet(let get): get.queue
        default: nil
        }
    }
}

extension FieldValue {
    fileprivate var text: String? {
        if case .longString(let bytes) = self { String(decoding: bytes, as: UTF8.self) } else { nil }
    }
}
