import ArgumentParser
import Recovery

/// `ropeway resume`
struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Let a route or shovel that was paused go on."
    )

    @OptionGroup var hold: HoldOptions
    @OptionGroup var options: GlobalOptions
    @OptionGroup var access: AccessOptions

    func run() async throws {
        try await self.hold.perform(self.options, self.access) { pair, name throws(OperationError) in
            try await pair.resume(name)
        }
    }
}
