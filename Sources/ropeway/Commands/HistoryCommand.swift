import ArgumentParser
import ControlAPI
import ControlModel
import RopewayConfiguration

/// `ropeway history`
struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Show the pair's past operations, newest first."
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var access: AccessOptions

    func run() async throws {
        try await PairOpening.withPair(self.options, self.access) { pair, configuration in
            let history = try await pair.history()
            try self.options.output.answer(HistoryReport(pair: configuration.name, history: history)) {
                HistoryText(history: history, style: $0).text
            }
        }
    }
}
