/// Writes big-endian integers and runs of bytes to memory that has room for them.
struct RawWriter {
    private let base: UnsafeMutableRawPointer
    var count = 0

    init(_ base: UnsafeMutableRawPointer) { self.base = base }

    /// Where the next byte goes.
    var position: UnsafeMutableRawPointer { base + count }

    @inline(__always)
    mutating func write<Value: FixedWidthInteger>(_ value: Value) {
        base.storeBytes(of: value.bigEndian, toByteOffset: count, as: Value.self)
        count += MemoryLayout<Value>.size
    }

    @inline(__always)
    mutating func copy(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        (base + count).copyMemory(from: source, byteCount: bytes.count)
        count += bytes.count
    }

    /// Copies `fixed`, or where there is none a range of `bytes`.
    @inline(__always)
    mutating func copy(_ fixed: [UInt8]?, or bytes: UnsafeRawBufferPointer, _ range: Range<Int>) {
        if let fixed {
            fixed.withUnsafeBytes { copy($0) }
        } else {
            copy(UnsafeRawBufferPointer(rebasing: bytes[range]))
        }
    }

    @inline(__always)
    mutating func frame(_ type: UInt8, channel: UInt16, length: Int) {
        write(type)
        write(channel)
        write(UInt32(length))
    }

    @inline(__always)
    mutating func method(channel: UInt16, length: Int, id: UInt32) {
        frame(Frame.method, channel: channel, length: length)
        write(id)
    }
}
