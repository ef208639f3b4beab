import NIOCore

extension Response {
    /// Reads what follows the correlation id.
    static func read(_ key: CommandKey, from buffer: inout ByteBuffer) throws(StreamWireError) -> Response {
        // The one answer without a code of its own: each stream has one.
        if key == .metadata { return Response(code: .ok, content: try readMetadata(&buffer)) }
        let code = ResponseCode(rawValue: try buffer.readStreamInteger("response code"))
        // Brokers leave out what comes with other codes, and properties where there are none.
        guard buffer.readableBytes > 0 else { return Response(code: code) }
        return Response(code: code, content: try readContent(key, from: &buffer))
    }

    private static func readContent(
        _ key: CommandKey,
        from buffer: inout ByteBuffer
    ) throws(StreamWireError) -> Content {
        switch key {
        case .queryPublisherSequence: return .sequence(try buffer.readStreamInteger("sequence"))
        case .queryOffset: return .offset(try buffer.readStreamInteger("offset"))
        case .peerProperties, .open: return .properties(try buffer.readStreamProperties("properties"))
        case .saslHandshake: return .mechanisms(try buffer.readNames("SASL mechanisms"))
        case .saslAuthenticate:
            // The reference says bytes; brokers write a string.
            return .challenge(Array(buffer.readableBytesView))
        case .route, .partitions: return .streams(try buffer.readNames("streams"))
        case .exchangeCommandVersions: return .commandVersions(try buffer.readCommandVersions())
        case .streamStats:
            let pairs = try buffer.readStreamArray("statistics", minimum: 10) { buffer throws(StreamWireError) in
                (try buffer.readName("statistic"), try buffer.readStreamInteger("statistic") as Int64)
            }
            return .statistics(Dictionary(pairs) { _, last in last })
        case .consumerUpdate: return .offsetSpecification(try OffsetSpecification.read(from: &buffer))
        case .resolveOffsetSpecification:
            guard case .offset(let offset) = try OffsetSpecification.read(from: &buffer) else {
                throw .invalid(what: "the type of a resolved offset")
            }
            return .offset(offset)
        default: return .none
        }
    }

    private static func readMetadata(_ buffer: inout ByteBuffer) throws(StreamWireError) -> Content {
        let brokers = try buffer.readStreamArray("brokers", minimum: 8) { buffer throws(StreamWireError) in
            let number: UInt16 = try buffer.readStreamInteger("broker")
            let host = try buffer.readStreamString("host") ?? ""
            return (number, StreamBroker(host: host, port: Int(try buffer.readStreamInteger("port") as UInt32)))
        }
        let streams = try buffer.readStreamArray("streams", minimum: 10) { buffer throws(StreamWireError) in
            Stream(
                name: try buffer.readName("stream name"),
                code: ResponseCode(rawValue: try buffer.readStreamInteger("response code")),
                leader: try buffer.readStreamInteger("leader"),
                replicas: try buffer.readStreamArray("replicas", minimum: 2) { buffer throws(StreamWireError) in
                    try buffer.readStreamInteger("replica") as UInt16
                }
            )
        }
        return .metadata(brokers: Dictionary(brokers) { _, last in last }, streams: streams)
    }

    /// Writes what follows the correlation id.
    func write(to buffer: inout ByteBuffer) throws(StreamWireError) {
        if case .metadata(let brokers, let streams) = content {
            return try Self.writeMetadata(brokers, streams, to: &buffer)
        }
        buffer.writeInteger(code.rawValue)
        switch content {
        case .none, .metadata: break
        case .sequence(let value): buffer.writeInteger(value)
        case .offset(let value): buffer.writeInteger(value)
        case .properties(let properties): try buffer.writeStreamProperties(properties, "properties")
        case .mechanisms(let names), .streams(let names): try buffer.writeStreamStrings(names, "names")
        case .challenge(let bytes): buffer.writeBytes(bytes)
        case .commandVersions(let versions): buffer.writeCommandVersions(versions)
        case .statistics(let statistics):
            buffer.writeInteger(Int32(clamping: statistics.count))
            for (key, value) in statistics.sorted(by: { $0.key < $1.key }) {
                try buffer.writeStreamString(key, "statistic")
                buffer.writeInteger(value)
            }
        case .offsetSpecification(let offset):
            if let offset { offset.write(to: &buffer) } else { buffer.writeInteger(0, as: UInt16.self) }
        }
    }

    private static func writeMetadata(
        _ brokers: [UInt16: StreamBroker],
        _ streams: [Stream],
        to buffer: inout ByteBuffer
    ) throws(StreamWireError) {
        buffer.writeInteger(Int32(clamping: brokers.count))
        for (number, broker) in brokers.sorted(by: { $0.key < $1.key }) {
            buffer.writeInteger(number)
            try buffer.writeStreamString(broker.host, "host")
            buffer.writeInteger(UInt32(clamping: broker.port))
        }
        buffer.writeInteger(Int32(clamping: streams.count))
        for stream in streams {
            try buffer.writeStreamString(stream.name, "stream name")
            buffer.writeMultipleIntegers(stream.code.rawValue, stream.leader, Int32(clamping: stream.replicas.count))
            for replica in stream.replicas { buffer.writeInteger(replica) }
        }
    }
}
