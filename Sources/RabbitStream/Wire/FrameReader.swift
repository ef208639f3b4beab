import NIOCore

/// Cuts what the socket brings into frames, however it was split, without I/O.
///
/// A frame that came in one piece is a slice of what was read; one that came in several is gathered in a buffer of its own,
/// which grows to 1 MiB at once and beyond that with what has come, so that no announced length makes this side take much
/// memory that the peer did not fill. A byte of a frame of up to 1 MiB is copied once at most.
struct FrameReader {
    /// The bytes of a frame's length.
    static let lengthBytes = 4
    /// The smallest frame: key and version.
    static let smallestFrame = 4

    /// The largest frame that is taken, its length aside.
    let maximum: Int
    /// What was read and not cut yet.
    private var input = ByteBuffer()
    /// The beginning of a frame whose end was not in what was read.
    private var partial = ByteBuffer()

    init(maximum: Int) { self.maximum = maximum }

    /// The memory that is held for a frame that is not complete.
    var reservedBytes: Int { partial.capacity }

    /// Bytes of frames that are not complete.
    var pendingBytes: Int { input.readableBytes + partial.readableBytes }

    /// Takes what was read. Whoever calls it then asks for frames with ``next()`` until there is none.
    mutating func feed(_ buffer: ByteBuffer) {
        if input.readableBytes == 0 {
            input = buffer
        } else {
            input.writeImmutableBuffer(buffer)
        }
    }

    /// The next whole frame, without its length; `nil` where more has to be read first.
    mutating func next() throws(StreamWireError) -> ByteBuffer? {
        if partial.readableBytes == 0 {
            guard let size = try Self.size(of: input, maximum: maximum) else { return gather(Self.lengthBytes) }
            guard input.readableBytes >= size + Self.lengthBytes else { return gather(size + Self.lengthBytes) }
            input.moveReaderIndex(forwardBy: Self.lengthBytes)
            return input.readSlice(length: size)
        }
        if partial.readableBytes < Self.lengthBytes { _ = gather(Self.lengthBytes) }
        guard let size = try Self.size(of: partial, maximum: maximum) else { return nil }
        _ = gather(size + Self.lengthBytes)
        guard partial.readableBytes == size + Self.lengthBytes else { return nil }
        var frame = ByteBuffer()
        swap(&frame, &partial)
        frame.moveReaderIndex(forwardBy: Self.lengthBytes)
        return frame
    }

    /// Moves what there is of a frame of so many bytes out of the input, so that its memory is let go of.
    private mutating func gather(_ total: Int) -> ByteBuffer? {
        let missing = total - partial.readableBytes
        guard let part = input.readSlice(length: min(missing, input.readableBytes)), part.readableBytes > 0 else {
            return nil
        }
        // Once, for all of a frame of a usual size; a larger one takes as much again as has come.
        let known = partial.readableBytes + part.readableBytes
        partial.reserveCapacity(min(total, max(2 * known, Self.reservedAtOnce)))
        partial.writeImmutableBuffer(part)
        if input.readableBytes == 0 { input = ByteBuffer() }
        return nil
    }

    private static let reservedAtOnce = 1 << 20

    private static func size(of buffer: ByteBuffer, maximum: Int) throws(StreamWireError) -> Int? {
        guard let length = buffer.getInteger(at: buffer.readerIndex, as: UInt32.self) else { return nil }
        let size = Int(length)
        guard size <= maximum else { throw .frameTooLarge(size: size, maximum: maximum) }
        guard size >= smallestFrame else { throw .invalid(what: "a frame of \(size) bytes") }
        return size
    }
}
