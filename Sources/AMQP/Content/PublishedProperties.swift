import NIOCore

/// Which properties a delivery that is published again gets.
public enum PublishedProperties {
    /// Those that it came with, byte for byte.
    case asDelivered
    /// Part of those that it came with, spliced. The layout is that of the part; `nil` means the whole list.
    case spliced(PropertyRewriter, PropertyLayout, part: Range<Int>? = nil)
    /// Others, as an encoded property list (AMQP 0-9-1, section 4.2.6.1).
    case replaced(ByteBuffer)

    /// Room that the list may need, of a delivery whose own has `length` bytes.
    func bound(for length: Int) -> Int {
        switch self {
        case .asDelivered: length
        case .spliced(let rewriter, _, let part): rewriter.bound(for: part?.count ?? length)
        case .replaced(let list): list.readableBytes
        }
    }

    /// Hands on the list that a delivery gets; `own` is the one that it came with.
    ///
    /// - Parameter scratch: memory for a list that is made; its content is replaced.
    /// - Throws: ``WireError`` where the list can't be read.
    package func withList(
        _ own: UnsafeRawBufferPointer,
        scratch: inout ByteBuffer,
        _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(WireError) {
        switch self {
        case .asDelivered: body(own)
        case .replaced(let list): list.withUnsafeReadableBytes { body($0) }
        case .spliced:
            scratch.clear()
            var failure: WireError?
            scratch.writeWithUnsafeMutableBytes(minimumWritableBytes: bound(for: own.count)) { target in
                guard let base = target.baseAddress else { return 0 }
                var writer = RawWriter(base)
                do throws(WireError) {
                    try write(own, to: &writer)
                    return writer.count
                } catch {
                    failure = error
                    return 0
                }
            }
            if let failure { throw failure }
            scratch.withUnsafeReadableBytes { body($0) }
        }
    }

    /// Writes the list; `own` is the one that the delivery came with. There is room for ``bound(for:)`` bytes.
    func write(_ own: UnsafeRawBufferPointer, to writer: inout RawWriter) throws(WireError) {
        switch self {
        case .asDelivered:
            writer.copy(own)
        case .spliced(let rewriter, let layout, let part):
            let raw = part.map { UnsafeRawBufferPointer(rebasing: own[$0]) } ?? own
            writer.count += try rewriter.rewrite(raw, layout: layout, into: writer.position)
        case .replaced(let list):
            list.withUnsafeReadableBytes { writer.copy($0) }
        }
    }
}
