import TLSDiagnosis

/// What is wrong with a file that a site's TLS settings name.
///
/// Whether a file is a certificate takes a TLS library, which this module does not have: a caller that has one hands a
/// check in.
package struct TLSFileFinding: Sendable, Equatable {
    /// Looks at the files of a site's settings.
    package typealias Check = @Sendable (TLSOptions) -> [TLSFileFinding]

    /// The key below `tls` that names the file: `ca`, `certificate` or `key`.
    package let key: String
    /// What is wrong, with the file's path; nothing of its contents.
    package let message: String
    /// What would be right.
    package let hint: String

    /// Creates a finding.
    package init(key: String, message: String, hint: String) {
        self.key = key
        self.message = message
        self.hint = hint
    }
}
