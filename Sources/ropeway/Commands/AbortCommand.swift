import ArgumentParser
import ControlModel
import RopewayConfiguration

/// `ropeway abort`
struct AbortCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "abort",
        abstract: "Abort the running promotion; returns when it has ended.",
        discussion: """
            A planned promotion can be aborted until its new epoch is written, even if the process that ran it is \
            gone. After that it is only ever finished. Exit status 6 means that it was aborted and restored.
            """
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var access: AccessOptions

    func run() async throws {
        try await PairOpening.withPair(self.options, self.access) { pair, _ in
            let started = try await pair.abort()
            let report = try await OperationWaiting(pair: pair, output: self.options.output).end(of: started)
            try self.options.output.answer(report) { OperationText(report: report, style: $0).text }
            try self.options.output.exit(report.exitCode)
        }
    }
}
