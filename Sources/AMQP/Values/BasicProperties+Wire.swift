import NIOCore

extension BasicProperties {
    /// Reads the flags and the list of properties.
    ///
    /// What follows the list stays in the buffer; in a content header nothing may. The bit 0x0002, which stands for no
    /// property, is ignored, as RabbitMQ ignores it.
    ///
    /// - Throws: ``WireError`` for bytes that end too early, flags that announce more flags, and a bad header table.
    public init(decoding buffer: inout ByteBuffer) throws(WireError) {
        self.init()
        let flags: UInt16 = try buffer.readAMQPInteger("property flags")
        guard flags & Flag.continuation == 0 else { throw .invalid(what: "more than 16 property flags") }
        if flags & Flag.contentType != 0 { contentType = try buffer.readAMQPShortString() }
        if flags & Flag.contentEncoding != 0 { contentEncoding = try buffer.readAMQPShortString() }
        if flags & Flag.headers != 0 { headers = try buffer.readAMQPTable() }
        if flags & Flag.deliveryMode != 0 { deliveryMode = try buffer.readAMQPInteger("delivery mode") }
        if flags & Flag.priority != 0 { priority = try buffer.readAMQPInteger("priority") }
        if flags & Flag.correlationID != 0 { correlationID = try buffer.readAMQPShortString() }
        if flags & Flag.replyTo != 0 { replyTo = try buffer.readAMQPShortString() }
        if flags & Flag.expiration != 0 { expiration = try buffer.readAMQPShortString() }
        if flags & Flag.messageID != 0 { messageID = try buffer.readAMQPShortString() }
        if flags & Flag.timestamp != 0 { timestamp = try buffer.readAMQPInteger("timestamp") }
        if flags & Flag.type != 0 { type = try buffer.readAMQPShortString() }
        if flags & Flag.userID != 0 { userID = try buffer.readAMQPShortString() }
        if flags & Flag.appID != 0 { appID = try buffer.readAMQPShortString() }
        if flags & Flag.clusterID != 0 { clusterID = try buffer.readAMQPShortString() }
    }

    /// Writes the flags and the list of properties.
    ///
    /// - Throws: ``WireError/tooLarge(what:)`` for a text beyond 255 bytes, and what writing a table throws for the
    ///   headers. Nothing is written then.
    public func encode(into buffer: inout ByteBuffer) throws(WireError) {
        try buffer.writeAllOrNothing { (buffer) throws(WireError) in
            buffer.writeInteger(flags)
            if let contentType { try buffer.writeAMQPShortString(contentType) }
            if let contentEncoding { try buffer.writeAMQPShortString(contentEncoding) }
            if let headers { try buffer.writeAMQPTable(headers) }
            if let deliveryMode { buffer.writeInteger(deliveryMode) }
            if let priority { buffer.writeInteger(priority) }
            if let correlationID { try buffer.writeAMQPShortString(correlationID) }
            if let replyTo { try buffer.writeAMQPShortString(replyTo) }
            if let expiration { try buffer.writeAMQPShortString(expiration) }
            if let messageID { try buffer.writeAMQPShortString(messageID) }
            if let timestamp { buffer.writeInteger(timestamp) }
            if let type { try buffer.writeAMQPShortString(type) }
            if let userID { try buffer.writeAMQPShortString(userID) }
            if let appID { try buffer.writeAMQPShortString(appID) }
            if let clusterID { try buffer.writeAMQPShortString(clusterID) }
        }
    }

    /// The flags that tell which properties are present.
    public var flags: UInt16 {
        var flags: UInt16 = 0
        if contentType != nil { flags |= Flag.contentType }
        if contentEncoding != nil { flags |= Flag.contentEncoding }
        if headers != nil { flags |= Flag.headers }
        if deliveryMode != nil { flags |= Flag.deliveryMode }
        if priority != nil { flags |= Flag.priority }
        if correlationID != nil { flags |= Flag.correlationID }
        if replyTo != nil { flags |= Flag.replyTo }
        if expiration != nil { flags |= Flag.expiration }
        if messageID != nil { flags |= Flag.messageID }
        if timestamp != nil { flags |= Flag.timestamp }
        if type != nil { flags |= Flag.type }
        if userID != nil { flags |= Flag.userID }
        if appID != nil { flags |= Flag.appID }
        if clusterID != nil { flags |= Flag.clusterID }
        return flags
    }
}
