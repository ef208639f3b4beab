import ArgumentParser
import ControlModel
import HTTPClient
import Relay
import RopewayConfiguration

/// The options that every command takes.
struct GlobalOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The pair's configuration file.", valueName: "file"))
    var config = "ropeway.yaml"

    @Option(name: .long, help: "The output format.")
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
                checkingTLSFiles: TLSFileFinding.lookIntoFiles
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
    @Flag(name: .customLong("no-daemon"), help: "Do the work in this process instead of asking a running daemon.")
    var noDaemon = false

    @Option(
        help: ArgumentHelp(
            "Ask the daemon at this URL over TCP; changes send the API token to whoever listens there.",
            valueName: "url"
        )
    )
    var api: String?

    func validate() throws {
        guard let api = self.api else { return }
        if self.noDaemon { throw ValidationError("--api and --no-daemon exclude each other") }
        guard let url = HTTPOrigin.parse(api), url.path.isEmpty else {
            throw ValidationError("--api takes a URL without a path, such as http://127.0.0.1:8470")
        }
    }
}

/// How an answer is printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case human
    case json
}
