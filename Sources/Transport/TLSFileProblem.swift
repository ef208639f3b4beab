/// What keeps one of the files of TLS options from being used.
public struct TLSFileProblem: Sendable, Hashable {
    /// Which of the files.
    public enum File: Sendable, Hashable {
        /// The authorities to trust.
        case authority
        /// The client's certificate.
        case certificate
        /// The key of the client's certificate.
        case key
    }

    /// Which of the files.
    public let file: File
    /// Where it is.
    public let path: String
    /// What is wrong, in words; nothing of the file's contents.
    public let reason: String
    /// What an operator can do about it.
    public let hint: String

    /// Makes a problem.
    public init(file: File, path: String, reason: String, hint: String) {
        self.file = file
        self.path = path
        self.reason = reason
        self.hint = hint
    }
}
