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
        var list = SplicedList(raw, target: target)
        var flags = layout.flags
        list.copy(2..<layout.headers.lowerBound)
        flags = try writeHeaders(layout, flags, to: &list)
        if let deliveryMode {
            flags |= BasicProperties.Flag.deliveryMode
            list.write(deliveryMode)
        } else {
            list.copy(layout.deliveryMode)
        }
        try writeExpiration(layout, to: &list)
        list.copy(layout.expiration.upperBound..<layout.userID.lowerBound)
        if clearsUserID {
            flags &= ~BasicProperties.Flag.userID
        } else {
            list.copy(layout.userID)
        }
        list.copy(layout.userID.upperBound..<layout.length)
        target.storeBytes(of: flags.bigEndian, as: UInt16.self)
        return list.written
    }

    /// Writes the table of headers, or none where it would be empty and there was none.
    ///
    /// - Returns: the flags that go with it.
    private func writeHeaders(
        _ layout: PropertyLayout,
        _ flags: UInt16,
        to list: inout SplicedList
    ) throws(WireError) -> UInt16 {
        let start = list.written
        list.written += 4
        if !dropsHeaders {
            var headers = RawHeaders(list.raw, layout: layout)
            var keptFrom = min(layout.headers.lowerBound + 4, layout.headers.upperBound)
            while let header = try headers.next() {
                guard dropsHeader(list.raw, header.name) else { continue }
                list.copy(keptFrom..<header.entry.lowerBound)
                keptFrom = header.entry.upperBound
            }
            list.copy(keptFrom..<layout.headers.upperBound)
        }
        additions.withUnsafeReadableBytes { list.write($0) }
        let length = list.written - start - 4
        guard length > 0 || (layout.has(BasicProperties.Flag.headers) && !dropsHeaders) else {
            list.written = start
            return flags & ~BasicProperties.Flag.headers
        }
        list.target.storeBytes(of: UInt32(length).bigEndian, toByteOffset: start, as: UInt32.self)
        return flags | BasicProperties.Flag.headers
    }

    /// Writes what lies between the delivery mode and the end of the expiration.
    private func writeExpiration(_ layout: PropertyLayout, to list: inout SplicedList) throws(WireError) {
        if let expiration, expiration.count > 255 { throw .tooLarge(what: "expiration") }
        guard let expiration, layout.has(BasicProperties.Flag.expiration) else {
            return list.copy(layout.deliveryMode.upperBound..<layout.expiration.upperBound)
        }
        list.copy(layout.deliveryMode.upperBound..<layout.expiration.lowerBound)
        list.write(UInt8(expiration.count))
        expiration.withUnsafeBytes { list.write($0) }
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

/// A property list that is put together of parts of another one, after the room for its flags.
private struct SplicedList {
    let raw: UnsafeRawBufferPointer
    let target: UnsafeMutableRawPointer
    var written = 2

    init(_ raw: UnsafeRawBufferPointer, target: UnsafeMutableRawPointer) {
        self.raw = raw
        self.target = target
    }

    @inline(__always)
    mutating func copy(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        write(UnsafeRawBufferPointer(rebasing: raw[range]))
    }

    @inline(__always)
    mutating func write(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        (target + written).copyMemory(from: base, byteCount: bytes.count)
        written += bytes.count
    }

    @inline(__always)
    mutating func write(_ byte: UInt8) {
        target.storeBytes(of: byte, toByteOffset: written, as: UInt8.self)
        written += 1
    }
}
