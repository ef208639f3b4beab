/// Why a step of a promotion did not succeed, before it is known what that means for the operation.
struct StepError: Error, CustomStringConvertible {
    var code: String
    var message: String
    var hint: String

    var description: String { "\(message); \(hint)" }
}
