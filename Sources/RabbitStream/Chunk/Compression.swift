/// How the messages of a sub-batch are compressed.
public struct Compression: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// 0 to 7.
    public let rawValue: UInt8

    /// Makes a compression; higher bits are cut off.
    public init(rawValue: UInt8) { self.rawValue = rawValue & 0b111 }

    public static let none = Compression(rawValue: 0)
    public static let gzip = Compression(rawValue: 1)
    public static let snappy = Compression(rawValue: 2)
    public static let lz4 = Compression(rawValue: 3)
    public static let zstd = Compression(rawValue: 4)

    public var description: String {
        switch self {
        case .none: "none"
        case .gzip: "gzip"
        case .snappy: "snappy"
        case .lz4: "lz4"
        case .zstd: "zstd"
        default: "number \(rawValue)"
        }
    }
}
