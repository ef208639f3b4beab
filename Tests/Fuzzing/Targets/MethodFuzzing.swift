import NIOCore

@testable import AMQP

/// Decodes, encodes and decodes again.
enum MethodFuzzing {
    static func run(_ input: inout FuzzInput) throws(FuzzFinding) {
        if input.isSet() {
            try method(input.rest())
        } else {
            try table(input.rest())
        }
    }

    private static func method(_ bytes: [UInt8]) throws(FuzzFinding) {
        guard let method = try? decodeMethod(bytes) else { return }
        guard let encoded = try encode({ (buffer) throws(WireError) in try method.encode(into: &buffer) }) else {
            return
        }
        guard let again = try? decodeMethod(Array(encoded.readableBytesView)) else {
            throw FuzzFinding("\(method) can't be decoded again")
        }
        try require(again == method && again.hashValue == method.hashValue, "\(method) became \(again)")
    }

    private static func table(_ bytes: [UInt8]) throws(FuzzFinding) {
        var buffer = ByteBuffer(bytes: bytes)
        guard let table = try? buffer.readAMQPTable() else { return }
        // What was written needs no more than two bytes for each field.
        try require(table.count <= bytes.count / 2, "\(table.count) fields of \(bytes.count) bytes")
        guard let encoded = try encode({ (buffer) throws(WireError) in try buffer.writeAMQPTable(table) }) else {
            return
        }
        var rest = encoded
        guard let again = try? rest.readAMQPTable(), rest.readableBytes == 0 else {
            throw FuzzFinding("\(table) can't be decoded again")
        }
        try require(again == table && again.hashValue == table.hashValue, "\(table) became \(again)")
        for field in table.fields { try require(table[field.name] != nil, "the field '\(field.name)' is not found") }
    }

    private static func decodeMethod(_ bytes: [UInt8]) throws(WireError) -> Method {
        var buffer = ByteBuffer(bytes: bytes)
        return try Method(decoding: &buffer)
    }

    /// What was decoded can be encoded, unless replacing what is no UTF-8 made a text longer than AMQP can have it.
    private static func encode(
        _ write: (inout ByteBuffer) throws(WireError) -> Void
    ) throws(FuzzFinding) -> ByteBuffer? {
        var buffer = ByteBuffer()
        do throws(WireError) {
            try write(&buffer)
            return buffer
        } catch {
            guard case .tooLarge = error else { throw FuzzFinding("encoding throws \(error)") }
            try require(buffer.readableBytes == 0, "something was written before \(error)")
            return nil
        }
    }
}
