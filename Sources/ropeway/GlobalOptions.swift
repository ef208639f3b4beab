import ArgumentParser
import Recovery
import Relay
import RopewayConfiguration

/// The options that every command takes.
struct GlobalOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The pair's configuration.", valueName: "file"))
    var config = "ropeway.yaml"

    @Option(name: .long, help: "How the answer is printed: human or json.")
    var format = OutputFormat.human

    /// Reads the configuration.
    ///
    /// - Parameter checkingReferences: whether the passwords it refers to must be there; a command that only asks a
    ///   daemon needs none.
    /// - Throws: the exit status 64, after every problem has been printed.
    func load(checkingReferences: Bool) throws -> LoadedConfiguration {
        do {
            return try PairConfiguration.load(
                path: self.config,
                checkingReferences: checkingReferences,
                checkingTLSFiles: SiteConfiguration.TLS.fileCheck
            )
        } catch {
            throw self.output.usage(error)
        }
    }

    /// Where the answer goes.
    var output: Output { Output(format: self.format) }
}

/// The options of commands that ask a daemon or work by themselves.
struct AccessOptions: ParsableArguments {
    @Flag(name: .customLong("no-daemon"), help: "Work by itself, without asking a running daemon.")
    var noDaemon = false
}

/// How an answer is printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case human
    case json
}
