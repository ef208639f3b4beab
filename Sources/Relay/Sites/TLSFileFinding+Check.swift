import RopewayConfiguration
import TLSDiagnosis
import Transport

extension TLSFileFinding {
    /// Looks into the files: whether they are PEM, what they should be, and whether the key is that of the certificate.
    package static let lookIntoFiles: Check = { options in
        options.fileProblems().map { problem in
            let key =
                switch problem.file {
                case .authority: "ca"
                case .certificate: "certificate"
                case .key: "key"
                }
            return TLSFileFinding(
                key: key,
                message: "\"\(problem.path)\" can't be used: \(problem.reason)",
                hint: problem.hint
            )
        }
    }
}
