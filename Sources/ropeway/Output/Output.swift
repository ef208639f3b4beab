import ArgumentParser
import ControlAPI
import ControlModel
import ErrorCodes
import RopewayConfiguration

/// Prints answers to standard output and everything else to standard error.
struct Output {
    /// How answers are printed.
    let format: OutputFormat

    /// Prints an answer: the report as JSON, or its text.
    func answer(_ report: some Encodable, text: (TextStyle) -> String) throws {
        switch self.format {
        case .human:
            Terminal.print(
                Shown.safe(text(Terminal.style), keepingColours: Terminal.style.isColoured, keepingLines: true)
            )
        case .json: Terminal.print(String(decoding: try ReportCoding.encode(report), as: UTF8.self))
        }
    }

    /// Says on standard error what a person should know beside the answer.
    func note(_ text: String) {
        Terminal.printError("ropeway: \(Shown.safe(text, keepingLines: true))")
    }

    /// Prints why there is no answer.
    ///
    /// - Returns: the exit status to throw.
    func failure(_ error: OperationError) -> ArgumentParser.ExitCode {
        self.note("\(Shown.safe(error.message))\n  -> \(Shown.safe(error.hint))")
        if self.format == .json, let bytes = try? ReportCoding.encode(ErrorAnswer(error)) {
            Terminal.print(String(decoding: bytes, as: UTF8.self))
        }
        return ArgumentParser.ExitCode(ControlModel.ExitCode(error.kind).rawValue)
    }

    /// Prints what is wrong with a configuration.
    ///
    /// - Returns: the exit status to throw.
    func usage(_ errors: ConfigurationErrors) -> ArgumentParser.ExitCode {
        Terminal.printError(Shown.safe(errors.description, keepingLines: true))
        if self.format == .json {
            let error = OperationError(
                .usage,
                code: .badConfiguration,
                message: errors.description,
                hint: "correct the configuration"
            )
            if let bytes = try? ReportCoding.encode(ErrorAnswer(error)) {
                Terminal.print(String(decoding: bytes, as: UTF8.self))
            }
        }
        return ArgumentParser.ExitCode(ControlModel.ExitCode.usage.rawValue)
    }

    /// Leaves with an exit status, unless it is 0.
    func exit(_ code: ControlModel.ExitCode) throws {
        if code != .done { throw ArgumentParser.ExitCode(code.rawValue) }
    }
}
