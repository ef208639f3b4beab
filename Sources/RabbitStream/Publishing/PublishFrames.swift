import NIOCore

/// Publish frames that messages are encoded into one by one, without a buffer for each.
///
/// ```swift
/// var frames = connection.publishFrames(publisher: publisher)
/// try frames.append(id) { buffer in … }
/// try connection.publish(&frames)
/// connection.flush()
/// ```
public struct PublishFrames: Sendable {
    /// What became of a message.
    public enum Outcome: Sendable, Hashable {
        case appended
        /// Its entry would not fit into a frame. Nothing is left of it.
        case tooLarge(size: Int, maximum: Int)
    }

    /// An entry of one message without it: publishing id and length.
    private static let entryOverhead = 12
    /// What a buffer begins with that takes over from one that was sent by reference.
    private static let capacity = 64 << 10

    private let publisher: UInt8
    private let maximumFrame: Int
    private var bytes = ByteBuffer()
    /// Where the frame begins that is being filled, and how many messages it has.
    private var start = 0
    private var count = 0

    init(publisher: UInt8, maximumFrame: Int) {
        self.publisher = publisher
        self.maximumFrame = maximumFrame
    }

    /// The bytes of all frames so far.
    public var byteCount: Int { bytes.readableBytes }

    /// Appends a message that `write` encodes.
    ///
    /// - Parameter id: the publishing id that its confirm names.
    /// - Throws: what `write` throws; nothing is left of the message then.
    public mutating func append<Failure: Error>(
        _ id: UInt64,
        _ write: (inout ByteBuffer) throws(Failure) -> Void
    ) throws(Failure) -> Outcome {
        if count == 0 { beginFrame() }
        let entry = bytes.writerIndex
        bytes.writeMultipleIntegers(id, 0 as UInt32)
        do {
            try write(&bytes)
        } catch {
            takeBack(to: entry)
            throw error
        }
        let size = bytes.writerIndex - entry
        guard size + PublishWriter.headerBytes <= maximumFrame else {
            takeBack(to: entry)
            return .tooLarge(size: size, maximum: maximumFrame - PublishWriter.headerBytes)
        }
        bytes.setInteger(UInt32(size - Self.entryOverhead), at: entry + 8)
        if bytes.writerIndex - start > maximumFrame { moveToNextFrame(from: entry, size: size) }
        count += 1
        return .appended
    }

    /// Takes what was appended, in whole frames.
    mutating func take() -> ByteBuffer {
        endFrame()
        let frames = bytes
        bytes = ByteBuffer()
        return frames
    }

    /// Lets the memory serve again of what ``take()`` has handed out and was copied.
    mutating func recycle(_ taken: inout ByteBuffer) {
        guard bytes.capacity == 0 else { return }
        swap(&bytes, &taken)
        bytes.clear()
    }

    private mutating func beginFrame() {
        if bytes.capacity == 0 { bytes.reserveCapacity(Self.capacity) }
        start = bytes.writerIndex
        bytes.writeMultipleIntegers(
            0 as UInt32,
            CommandKey.publish.rawValue,
            1 as UInt16,
            publisher,
            0 as Int32
        )
    }

    private mutating func endFrame() {
        guard count > 0 else { return }
        bytes.setInteger(UInt32(bytes.writerIndex - start - FrameReader.lengthBytes), at: start)
        bytes.setInteger(Int32(count), at: start + PublishWriter.headerBytes - 4)
        count = 0
    }

    private mutating func takeBack(to entry: Int) {
        bytes.moveWriterIndex(to: count == 0 ? start : entry)
    }

    /// The frame has no room for its last entry, which begins the next one: once for a megabyte.
    private mutating func moveToNextFrame(from entry: Int, size: Int) {
        let last = Array(bytes.viewBytes(at: entry, length: size) ?? ByteBuffer().readableBytesView)
        bytes.moveWriterIndex(to: entry)
        endFrame()
        beginFrame()
        bytes.writeBytes(last)
    }
}
