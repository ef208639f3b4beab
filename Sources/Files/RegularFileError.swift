#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Why a file that an operator named could not be read.
public struct RegularFileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What happened.
    public enum Kind: Sendable, Hashable {
        /// The system refused: an error number.
        case system(Int32)
        /// It is a directory, a pipe, a device or a socket.
        case notRegular
        /// It has more bytes than may be read.
        case tooLarge(limit: Int)
        /// It is not UTF-8.
        case notText
        /// The file system did not answer in time.
        case hangs
    }

    /// What happened.
    public let kind: Kind

    /// Creates an error.
    public init(_ kind: Kind) { self.kind = kind }

    /// What is wrong with the file, in words that follow its name.
    public var description: String {
        switch kind {
        case .system(ENOENT): "there is no such file"
        case .system(EACCES), .system(EPERM): "this process may not read it"
        case .system(let code): strerror(code).map { String(cString: $0) } ?? "error \(code)"
        case .notRegular: "it is not a regular file"
        case .tooLarge(let limit):
            limit >= 1 << 20 && limit % (1 << 20) == 0
                ? "it has more than \(limit >> 20) MiB" : "it has more than \(limit) bytes"
        case .notText: "it is not UTF-8 text"
        case .hangs: "its file system does not answer"
        }
    }
}
