import NIOCore

extension Request {
    /// Writes what follows the correlation id.
    func write(to buffer: inout ByteBuffer) throws(StreamWireError) {
        switch self {
        case .declarePublisher(let id, let reference, let stream):
            buffer.writeInteger(id)
            // An empty reference is none, to every version of the broker.
            try buffer.writeStreamString(reference ?? "", "publisher reference")
            try buffer.writeStreamString(stream, "stream name")
        case .queryPublisherSequence(let reference, let stream), .queryOffset(let reference, let stream):
            try buffer.writeStreamString(reference, "reference")
            try buffer.writeStreamString(stream, "stream name")
        case .deletePublisher(let id), .unsubscribe(let id):
            buffer.writeInteger(id)
        case .subscribe(let subscription):
            try subscription.write(to: &buffer)
        case .create(let stream, let arguments):
            try buffer.writeStreamString(stream, "stream name")
            try buffer.writeStreamProperties(arguments, "stream arguments")
        case .delete(let name), .streamStats(let name), .partitions(let name), .deleteSuperStream(let name):
            try buffer.writeStreamString(name, "stream name")
        case .metadata(let streams):
            try buffer.writeStreamStrings(streams, "stream names")
        case .peerProperties(let properties):
            try buffer.writeStreamProperties(properties, "peer properties")
        case .saslHandshake:
            break
        case .saslAuthenticate(let mechanism, let response):
            try buffer.writeStreamString(mechanism, "SASL mechanism")
            buffer.writeInteger(response.isEmpty ? -1 : Int32(clamping: response.count))
            buffer.writeBytes(response)
        case .open(let virtualHost):
            try buffer.writeStreamString(virtualHost, "virtual host")
        case .close(let code, let reason):
            buffer.writeInteger(code.rawValue)
            try buffer.writeStreamString(reason, "reason")
        case .route(let routingKey, let superStream):
            try buffer.writeStreamString(routingKey, "routing key")
            try buffer.writeStreamString(superStream, "super stream name")
        case .consumerUpdate(let id, let isActive):
            buffer.writeInteger(id)
            buffer.writeInteger(isActive ? 1 : 0, as: UInt8.self)
        case .exchangeCommandVersions(let versions):
            buffer.writeCommandVersions(versions)
        case .createSuperStream(let superStream):
            try buffer.writeStreamString(superStream.name, "super stream name")
            try buffer.writeStreamStrings(superStream.partitions, "partitions")
            try buffer.writeStreamStrings(superStream.bindingKeys, "binding keys")
            try buffer.writeStreamProperties(superStream.arguments, "stream arguments")
        case .resolveOffsetSpecification(let stream, let offset, let properties):
            try buffer.writeStreamString(stream, "stream name")
            offset.write(to: &buffer)
            try buffer.writeStreamProperties(properties, "properties")
        }
    }

    /// Reads what follows the correlation id; `nil` for a command that has no request.
    static func read(_ key: CommandKey, from buffer: inout ByteBuffer) throws(StreamWireError) -> Request? {
        switch key {
        case .declarePublisher:
            let id: UInt8 = try buffer.readStreamInteger("publisher id")
            let reference = try buffer.readStreamString("publisher reference")
            return .declarePublisher(
                id: id,
                reference: reference == "" ? nil : reference,
                stream: try buffer.readName("stream name")
            )
        case .queryPublisherSequence:
            let reference = try buffer.readName("reference")
            return .queryPublisherSequence(reference: reference, stream: try buffer.readName("stream name"))
        case .queryOffset:
            let reference = try buffer.readName("reference")
            return .queryOffset(reference: reference, stream: try buffer.readName("stream name"))
        case .deletePublisher: return .deletePublisher(id: try buffer.readStreamInteger("publisher id"))
        case .unsubscribe: return .unsubscribe(id: try buffer.readStreamInteger("subscription id"))
        case .subscribe: return .subscribe(try Subscription(from: &buffer))
        case .create:
            let stream = try buffer.readName("stream name")
            return .create(stream: stream, arguments: try buffer.readStreamProperties("stream arguments"))
        case .delete: return .delete(stream: try buffer.readName("stream name"))
        case .streamStats: return .streamStats(stream: try buffer.readName("stream name"))
        case .partitions: return .partitions(superStream: try buffer.readName("super stream name"))
        case .deleteSuperStream: return .deleteSuperStream(name: try buffer.readName("super stream name"))
        case .metadata: return .metadata(streams: try buffer.readNames("stream names"))
        case .peerProperties, .saslHandshake, .saslAuthenticate, .open, .close, .exchangeCommandVersions:
            return try readOfConnection(key, from: &buffer)
        case .route:
            let routingKey = try buffer.readName("routing key")
            return .route(routingKey: routingKey, superStream: try buffer.readName("super stream name"))
        case .consumerUpdate:
            let id: UInt8 = try buffer.readStreamInteger("subscription id")
            return .consumerUpdate(id: id, isActive: try buffer.readStreamInteger("active") as UInt8 != 0)
        case .createSuperStream: return .createSuperStream(try SuperStream(from: &buffer))
        case .resolveOffsetSpecification:
            let stream = try buffer.readName("stream name")
            guard let offset = try OffsetSpecification.read(from: &buffer) else { throw .invalid(what: "offset type") }
            let properties = try buffer.readStreamProperties("properties")
            return .resolveOffsetSpecification(stream: stream, offset, properties: properties)
        case .publish, .publishConfirm, .publishError, .deliver, .credit, .storeOffset, .metadataUpdate, .tune,
            .heartbeat:
            return nil
        }
    }

    private static func readOfConnection(
        _ key: CommandKey,
        from buffer: inout ByteBuffer
    ) throws(StreamWireError) -> Request? {
        switch key {
        case .peerProperties: return .peerProperties(try buffer.readStreamProperties("peer properties"))
        case .saslHandshake: return .saslHandshake
        case .saslAuthenticate:
            let mechanism = try buffer.readName("SASL mechanism")
            let response = try buffer.readStreamBytes("SASL response")
            return .saslAuthenticate(mechanism: mechanism, response: response.map { Array($0.readableBytesView) } ?? [])
        case .open: return .open(virtualHost: try buffer.readName("virtual host"))
        case .close:
            let code = ResponseCode(rawValue: try buffer.readStreamInteger("closing code"))
            return .close(code: code, reason: try buffer.readStreamString("reason") ?? "")
        case .exchangeCommandVersions: return .exchangeCommandVersions(try buffer.readCommandVersions())
        default: return nil
        }
    }
}

extension Request.Subscription {
    fileprivate init(from buffer: inout ByteBuffer) throws(StreamWireError) {
        id = try buffer.readStreamInteger("subscription id")
        stream = try buffer.readName("stream name")
        guard let offset = try OffsetSpecification.read(from: &buffer) else { throw .invalid(what: "offset type") }
        self.offset = offset
        credit = try buffer.readStreamInteger("credit")
        properties = buffer.readableBytes == 0 ? [:] : try buffer.readStreamProperties("subscription properties")
    }

    fileprivate func write(to buffer: inout ByteBuffer) throws(StreamWireError) {
        buffer.writeInteger(id)
        try buffer.writeStreamString(stream, "stream name")
        offset.write(to: &buffer)
        buffer.writeInteger(credit)
        // Where there are none, the array is left out: so it is understood by every version.
        if !properties.isEmpty { try buffer.writeStreamProperties(properties, "subscription properties") }
    }
}

extension Request.SuperStream {
    fileprivate init(from buffer: inout ByteBuffer) throws(StreamWireError) {
        name = try buffer.readName("super stream name")
        partitions = try buffer.readNames("partitions")
        bindingKeys = try buffer.readNames("binding keys")
        arguments = try buffer.readStreamProperties("stream arguments")
    }
}

extension ByteBuffer {
    /// Reads a string that may not be missing.
    mutating func readName(_ what: String) throws(StreamWireError) -> String {
        guard let name = try readStreamString(what) else { throw .invalid(what: "no \(what)") }
        return name
    }

    mutating func readNames(_ what: String) throws(StreamWireError) -> [String] {
        try readStreamArray(what, minimum: 2) { buffer throws(StreamWireError) in try buffer.readName(what) }
    }

    mutating func readCommandVersions() throws(StreamWireError) -> [CommandVersions] {
        try readStreamArray("command versions", minimum: 6) { buffer throws(StreamWireError) in
            CommandVersions(
                key: try buffer.readStreamInteger("command key"),
                minimum: try buffer.readStreamInteger("command version"),
                maximum: try buffer.readStreamInteger("command version")
            )
        }
    }

    mutating func writeCommandVersions(_ versions: [CommandVersions]) {
        writeInteger(Int32(clamping: versions.count))
        for version in versions { writeMultipleIntegers(version.key, version.minimum, version.maximum) }
    }
}
