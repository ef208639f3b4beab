/// The properties of a message: the part of a content header after the body size.
///
/// A property that is `nil` is absent on the wire, which is not the same as empty.
///
/// Texts are short strings: at most 255 bytes of UTF-8, else encoding throws ``WireError/tooLarge(what:)``. RabbitMQ
/// does not check that they are UTF-8. In one that is not, decoding replaces the offending bytes by U+FFFD; to pass
/// such a message on unchanged, pass the bytes of its header on.
public struct BasicProperties: Sendable, Hashable {
    /// The MIME type of the body.
    public var contentType: String?
    /// The MIME encoding of the body, such as `gzip`.
    public var contentEncoding: String?
    /// The headers, from the application and from brokers on the way.
    public var headers: FieldTable?
    /// 1 for transient, 2 for persistent. RabbitMQ below 4.0 closes the channel over any other
    /// number.
    public var deliveryMode: UInt8?
    /// The priority, from 0 up. RabbitMQ takes 0 to 255.
    public var priority: UInt8?
    /// What ties a reply to its request.
    public var correlationID: String?
    /// Where a reply should go.
    public var replyTo: String?
    /// After how long a queue drops the message: milliseconds in decimal digits.
    public var expiration: String?
    /// The application's id for the message.
    public var messageID: String?
    /// When the message was made: seconds since 1970.
    public var timestamp: UInt64?
    /// The application's name for the kind of message.
    public var type: String?
    /// Who published the message. RabbitMQ refuses any but the name of the connection's user.
    public var userID: String?
    /// The id of the application that published the message.
    public var appID: String?
    /// Reserved by AMQP 0-9-1, a cluster id before it. It is carried, and nothing reads it.
    public var clusterID: String?

    /// Properties that are all absent but those given.
    public init(
        contentType: String? = nil,
        contentEncoding: String? = nil,
        headers: FieldTable? = nil,
        deliveryMode: UInt8? = nil,
        priority: UInt8? = nil,
        correlationID: String? = nil,
        replyTo: String? = nil,
        expiration: String? = nil,
        messageID: String? = nil,
        timestamp: UInt64? = nil,
        type: String? = nil,
        userID: String? = nil,
        appID: String? = nil,
        clusterID: String? = nil
    ) {
        self.contentType = contentType
        self.contentEncoding = contentEncoding
        self.headers = headers
        self.deliveryMode = deliveryMode
        self.priority = priority
        self.correlationID = correlationID
        self.replyTo = replyTo
        self.expiration = expiration
        self.messageID = messageID
        self.timestamp = timestamp
        self.type = type
        self.userID = userID
        self.appID = appID
        self.clusterID = clusterID
    }
}
