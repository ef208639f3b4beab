import ControlModel
import ErrorCodes

/// Something that is not as it should be, whatever it means for what is to be done.
struct CheckObservation: Sendable, Hashable {
    /// The check that speaks up.
    var check: Check
    /// The finding's code.
    var word: String
    /// What it is about; `nil` for the pair.
    var subject: String?
    /// What was found.
    var message: String
    /// What to do about it.
    var hint: String?

    init(
        _ check: Check,
        code: ErrorCode? = nil,
        word: String? = nil,
        _ subject: String? = nil,
        _ message: String,
        hint: String? = nil
    ) {
        self.check = check
        self.word = word ?? (code ?? check.code).rawValue
        self.subject = subject
        self.message = message
        self.hint = hint
    }

    /// What it means for a purpose; `nil` where it is not looked at there.
    func finding(for purpose: CheckPurpose) -> CheckFinding? {
        switch check.severity(for: purpose) {
        case .refuses: CheckFinding(.fail, word: word, subject: subject, message: message, hint: hint)
        case .warns: CheckFinding(.warn, word: word, subject: subject, message: message, hint: hint)
        case .notLookedAt: nil
        }
    }
}
