import NIOCore

@testable import AMQP

/// Splices raw properties and compares with decoding, editing and encoding.
enum PropertyFuzzing {
    static func run(_ input: inout FuzzInput) throws(FuzzFinding) {
        let options = input.byte()
        var rewriter = PropertyRewriter { raw, name in raw.starts(name, with: "x") }
        rewriter.clearsUserID = options & 1 != 0
        rewriter.dropsHeaders = options & 2 != 0
        rewriter.deliveryMode = options & 4 != 0 ? 2 : nil
        rewriter.expiration = options & 8 != 0 ? Array(repeating: UInt8(ascii: "7"), count: input.choice(256)) : nil
        let hasAddition = options & 16 != 0
        // The name "n", the type of no value.
        if hasAddition { rewriter.additions = ByteBuffer(bytes: [1, UInt8(ascii: "n"), UInt8(ascii: "V")]) }
        let raw = ByteBuffer(bytes: input.rest())
        let original = try? decode(raw)
        let layout = try? measure(raw)
        // Measuring is laxer than decoding: it looks at no value.
        try require(original == nil || layout != nil, "can be decoded and not be measured")
        guard let layout else {
            try require((try? rewriter.rewrite(raw)) == nil, "can be rewritten and not be measured")
            return
        }
        try require(layout.length == raw.readableBytes, "\(layout.length) of \(raw.readableBytes) bytes measured")
        guard let rewritten = try? rewriter.rewrite(raw) else {
            try require(original == nil, "can be decoded and not be rewritten")
            return
        }
        try require(
            rewritten.readableBytes <= rewriter.bound(for: raw.readableBytes),
            "more was written than announced"
        )
        try require((try? measure(rewritten))?.length == rewritten.readableBytes, "the result can't be measured")
        guard let original, isFaithful(original, raw) else { return }
        guard let result = try? decode(rewritten) else { throw FuzzFinding("the result can't be decoded") }
        let expected = edit(original, as: rewriter, hasAddition: hasAddition)
        try require(result == expected, "\(result)\ninstead of\n\(expected)")
    }

    private static func measure(_ raw: ByteBuffer) throws -> PropertyLayout {
        try raw.withUnsafeReadableBytes { try PropertyLayout($0) }
    }

    private static func decode(_ raw: ByteBuffer) throws -> BasicProperties {
        var rest = raw
        let properties = try BasicProperties(decoding: &rest)
        guard rest.readableBytes == 0 else { throw FuzzFinding("bytes are left") }
        return properties
    }

    /// Whether nothing was replaced while decoding, so that names and texts mean the same in both forms.
    private static func isFaithful(_ properties: BasicProperties, _ raw: ByteBuffer) -> Bool {
        var encoded = ByteBuffer()
        try? properties.encode(into: &encoded)
        return encoded.readableBytes == raw.readableBytes
    }

    private static func edit(
        _ original: BasicProperties,
        as rewriter: PropertyRewriter,
        hasAddition: Bool
    ) -> BasicProperties {
        var edited = original
        if rewriter.clearsUserID { edited.userID = nil }
        if let mode = rewriter.deliveryMode { edited.deliveryMode = mode }
        if let expiration = rewriter.expiration, original.expiration != nil {
            edited.expiration = String(decoding: expiration, as: UTF8.self)
        }
        let kept = rewriter.dropsHeaders ? nil : original.headers
        var headers = FieldTable()
        headers.fields = (kept?.fields ?? []).filter { $0.name.utf8.first != UInt8(ascii: "x") }
        if hasAddition { headers.append("n", .void) }
        edited.headers = headers.isEmpty && kept == nil ? nil : headers
        return edited
    }
}
