import ErrorCodes

/// One thing that `check` looked at.
package struct CheckFinding: Sendable, Hashable, Codable {
    /// How it was found.
    package enum Verdict: String, Sendable, Hashable, Codable, CaseIterable {
        /// As it should be.
        case ok
        /// It works, and an operator should know.
        case warn
        /// The pair, or a promotion, will not work.
        case fail
    }

    /// How it was found.
    package var verdict: Verdict
    /// A stable word: that of an ``ErrorCode``, `check-` and the name of a node's check, or another version's.
    package var code: String
    /// What it is about: a site, a route, a file; `nil` for the pair.
    @OrNull package var subject: String?
    /// What was found.
    package var message: String
    /// What to do about it; `nil` where there is nothing to do.
    @OrNull package var hint: String?

    /// Creates a finding.
    package init(_ verdict: Verdict, code: ErrorCode, subject: String? = nil, message: String, hint: String? = nil) {
        self.init(verdict, word: code.rawValue, subject: subject, message: message, hint: hint)
    }

    /// Creates a finding whose word is no code of Ropeway's own.
    package init(_ verdict: Verdict, word: String, subject: String? = nil, message: String, hint: String? = nil) {
        self.verdict = verdict
        self.code = word
        self.subject = subject
        self.message = message
        self.hint = hint
    }

    /// The code, if this version knows it.
    package var knownCode: ErrorCode? { ErrorCode(rawValue: self.code) }
}
