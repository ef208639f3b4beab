import NIOCore

/// Something that encoded values are appended to.
protocol ValueSink {
    /// Where the next byte goes.
    var writerIndex: Int { get }
    mutating func append(_ value: some FixedWidthInteger)
    mutating func writeRaw(_ bytes: UnsafeRawBufferPointer)
    /// Writes over what was appended.
    mutating func overwrite(_ value: UInt32, at index: Int)
}

extension ValueSink {
    @inline(__always)
    mutating func writeIntegers(_ first: some FixedWidthInteger, _ second: some FixedWidthInteger) {
        append(first)
        append(second)
    }

    @inline(__always)
    mutating func writeIntegers(
        _ first: some FixedWidthInteger,
        _ second: some FixedWidthInteger,
        _ third: some FixedWidthInteger
    ) {
        append(first)
        append(second)
        append(third)
    }
}

extension ByteBuffer: ValueSink {
    @inline(__always)
    mutating func append(_ value: some FixedWidthInteger) { writeInteger(value) }

    @inline(__always)
    mutating func writeRaw(_ bytes: UnsafeRawBufferPointer) { writeBytes(bytes) }

    mutating func overwrite(_ value: UInt32, at index: Int) { setInteger(value, at: index) }
}

/// Memory that values are written into, as far as it reaches: a buffer checks with each write who shares its memory, which
/// costs more than the write.
struct RawSink: ValueSink {
    private let memory: UnsafeMutableRawBufferPointer
    /// How much was written, or would have been with memory enough.
    private(set) var writerIndex = 0

    init(_ memory: UnsafeMutableRawBufferPointer) { self.memory = memory }

    /// Whether everything found room.
    var isWhole: Bool { writerIndex <= memory.count }

    @inline(__always)
    mutating func append<Value: FixedWidthInteger>(_ value: Value) {
        let end = writerIndex + MemoryLayout<Value>.size
        if end <= memory.count {
            memory.storeBytes(of: value.bigEndian, toByteOffset: writerIndex, as: Value.self)
        }
        writerIndex = end
    }

    @inline(__always)
    mutating func writeRaw(_ bytes: UnsafeRawBufferPointer) {
        let end = writerIndex + bytes.count
        if end <= memory.count, let source = bytes.baseAddress, let base = memory.baseAddress {
            (base + writerIndex).copyMemory(from: source, byteCount: bytes.count)
        }
        writerIndex = end
    }

    mutating func overwrite(_ value: UInt32, at index: Int) {
        guard index + 4 <= memory.count else { return }
        memory.storeBytes(of: value.bigEndian, toByteOffset: index, as: UInt32.self)
    }

    /// Takes back what was written from a place on.
    mutating func takeBack(to index: Int) { writerIndex = index }
}
