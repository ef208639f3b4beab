import NIOCore

/// Splices a raw property list: headers out and in, single properties replaced, everything else byte for byte.
///
/// One rewriter serves many messages; between two of them its owner changes ``additions`` in place, so that nothing is
/// allocated for a message.
public struct PropertyRewriter {
    /// Whether `user-id` is dropped. A broker refuses a message whose user id is not the publisher's own.
    public var clearsUserID = false
    /// Whether all headers of the message are dropped, so that only ``additions`` remain.
    public var dropsHeaders = false
    /// A delivery mode to set; `nil` leaves what is there.
    public var deliveryMode: UInt8?
    /// An expiration in milliseconds to set, as decimal digits; `nil` leaves what is there. Only a message that has an
    /// expiration gets another one.
    public var expiration: [UInt8]?
    /// Headers to append, as encoded table entries without the table's length.
    public var additions = ByteBuffer()
    /// Tells of the name of a header, given with the list that it stands in, whether to drop it.
    public var dropsHeader: @Sendable (UnsafeRawBufferPointer, Range<Int>) -> Bool

    /// Makes a rewriter that changes nothing but the headers that it drops; set the properties for more.
    public init(dropsHeader: @escaping @Sendable (UnsafeRawBufferPointer, Range<Int>) -> Bool = { _, _ in false }) {
        self.dropsHeader = dropsHeader
    }

    /// Room that a rewritten list may need.
    func bound(for length: Int) -> Int {
        length + additions.readableBytes + (expiration?.count ?? 0) + 8
    }

    /// Writes the rewritten list to `target`, which has room for ``bound(for:)`` bytes, and returns its length.
    func rewrite(
        _ raw: UnsafeRawBufferPointer,
        layout: PropertyLayout,
        into target: UnsafeMutableRawPointer
    ) throws(WireError) -> Int {
        var flags = layout.flags
        var written = 2

        func copy(_ range: Range<Int>) {
            guard !range.isEmpty, let base = raw.baseAddress else { return }
            target.advanced(by: written).copyMemory(from: base + range.lowerBound, byteCount: range.count)
            written += range.count
        }

        copy(2..<layout.headers.lowerBound)

        let tableStart = written
        written += 4
        if !dropsHeaders {
            var headers = RawHeaders(raw, layout: layout)
            var keptFrom = min(layout.headers.lowerBound + 4, layout.headers.upperBound)
            while let header = try headers.next() {
                guard dropsHeader(raw, header.name) else { continue }
                copy(keptFrom..<header.entry.lowerBound)
                keptFrom = header.entry.upperBound
            }
            copy(keptFrom..<layout.headers.upperBound)
        }
        additions.withUnsafeReadableBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            target.advanced(by: written).copyMemory(from: base, byteCount: bytes.count)
            written += bytes.count
        }
        let tableLength = written - tableStart - 4
        if tableLength > 0 || (layout.has(BasicProperties.Flag.headers) && !dropsHeaders) {
            flags |= BasicProperties.Flag.headers
            target.storeBytes(of: UInt32(tableLength).bigEndian, toByteOffset: tableStart, as: UInt32.self)
        } else {
            flags &= ~BasicProperties.Flag.headers
            written = tableStart
        }

        if let deliveryMode {
            flags |= BasicProperties.Flag.deliveryMode
            target.storeBytes(of: deliveryMode, toByteOffset: written, as: UInt8.self)
            written += 1
        } else {
            copy(layout.deliveryMode)
        }

        if let expiration, expiration.count > 255 { throw .tooLarge(what: "expiration") }
        if let expiration, layout.has(BasicProperties.Flag.expiration) {
            copy(layout.deliveryMode.upperBound..<layout.expiration.lowerBound)
            target.storeBytes(of: UInt8(expiration.count), toByteOffset: written, as: UInt8.self)
            written += 1
            for byte in expiration {
                target.storeBytes(of: byte, toByteOffset: written, as: UInt8.self)
                written += 1
            }
        } else {
            copy(layout.deliveryMode.upperBound..<layout.expiration.upperBound)
        }

        copy(layout.expiration.upperBound..<layout.userID.lowerBound)
        if clearsUserID {
            flags &= ~BasicProperties.Flag.userID
        } else {
            copy(layout.userID)
        }
        copy(layout.userID.upperBound..<layout.length)
        target.storeBytes(of: flags.bigEndian, as: UInt16.self)
        return written
    }

    /// The rewritten form of a raw property list.
    ///
    /// - Throws: ``WireError`` where the list can't be read.
    public func rewrite(_ raw: ByteBuffer) throws(WireError) -> ByteBuffer {
        var result = ByteBuffer()
        let outcome = raw.withUnsafeReadableBytes { bytes -> Result<Void, WireError> in
            do throws(WireError) {
                let layout = try PropertyLayout(bytes)
                var failure: WireError?
                result.writeWithUnsafeMutableBytes(minimumWritableBytes: bound(for: bytes.count)) { target in
                    guard let base = target.baseAddress else { return 0 }
                    do throws(WireError) {
                        return try rewrite(bytes, layout: layout, into: base)
                    } catch {
                        failure = error
                        return 0
                    }
                }
                if let failure { throw failure }
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try outcome.get()
        return result
    }
}
