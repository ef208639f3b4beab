/// Why watermarks that stand on a site can't be used.
package enum WatermarksError: Error, Sendable, Hashable, CustomStringConvertible {
    /// More bytes than this Ropeway ever writes.
    case tooLarge(bytes: Int)
    /// Written by a newer Ropeway.
    case unknownVersion(Int)
    /// Not what any Ropeway writes.
    case broken(String)

    package var description: String {
        switch self {
        case .tooLarge(let bytes):
            "the watermarks are \(bytes) bytes, more than \(Watermarks.largest): another program wrote there"
        case .unknownVersion(let version):
            "the watermarks have version \(version), this Ropeway knows \(Watermarks.version): use the newer Ropeway"
        case .broken(let reason):
            "the watermarks can't be read: \(reason)"
        }
    }
}
