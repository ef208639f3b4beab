import ArgumentParser
import ControlModel
import ErrorCodes
import HTTPClient
import Relay
import RopewayConfiguration

/// `ropeway offset`
struct OffsetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "offset",
        abstract: "Show where a stream's consumer goes on in the copy that a shovel makes of the stream.",
        usage: "ropeway offset --stream <stream> --<site> <offset>",
        discussion: """
            The offset is one of the stream at the site that the shovel copies from, such as --dc1 12345: that of the \
            message to go on with. Where the site answers, the messages of both streams are compared. Otherwise, and \
            where messages that look alike leave more than one place, the answer is an offset before which nothing of \
            that lies: a consumer that starts there repeats messages, and leaves none out. Exit status 9 means that \
            the offset is not known exactly.
            """
    )

    @OptionGroup var options: GlobalOptions

    @Option(help: "The stream that is copied, by its name at the site that it is copied from.")
    var stream: String

    @Option(help: "The shovel, where more than one copies the stream.")
    var shovel: String?

    @Argument(
        parsing: .allUnrecognized,
        help: ArgumentHelp("The site and the offset there.", valueName: "--site offset")
    )
    var place: [String] = []

    func run() async throws {
        let configuration = try self.options.load(checkingReferences: true).configuration
        let client = CurlClient()
        do throws(OperationError) {
            let report = try await self.report(configuration, client)
            await client.shutdown()
            try? self.options.output.answer(report) { _ in OffsetText(report: report).text }
            if report.exact { return }
        } catch {
            await client.shutdown()
            throw self.options.output.failure(error)
        }
        try self.options.output.exit(.unknown)
    }

    private func report(
        _ configuration: PairConfiguration,
        _ client: CurlClient
    ) async throws(OperationError) -> OffsetReport {
        let (site, offset) = try Self.place(self.place, sites: configuration.sites.map(\.name))
        let shovel = try self.shovel(configuration.shovels, from: site)
        guard case .stream(let copy) = shovel.destination.target,
            let from = configuration.sites.first(where: { $0.name == site }),
            let to = configuration.sites.first(where: { $0.name == shovel.destination.site })
        else { throw Self.usage("shovel '\(shovel.name)' copies into no stream", "name another with --shovel") }
        let found: CopiedOffset?
        do {
            let (source, destination) = (try Site(from, client: client), try Site(to, client: client))
            found = try await .find(offset, pair: configuration.name, shovel, from: source, to: destination)
        } catch let error as SecretError {
            throw OperationError(.usage, code: .secretUnreadable, message: error.message, hint: error.hint)
        } catch let error as CopiedOffset.Failure {
            throw OperationError(.unknown, code: error.code, message: error.message, hint: error.hint)
        } catch {
            throw OperationError(.unknown, code: .offsetUnknown, message: "\(error)", hint: "try again")
        }
        guard let found else {
            throw Self.usage("shovel '\(shovel.name)' copies no stream", "name another with --shovel")
        }
        return OffsetReport(
            pair: configuration.name,
            shovel: shovel.name,
            source: .init(site: site, stream: self.stream, offset: offset),
            copy: .init(site: to.name, stream: copy, offset: found.offset),
            exact: found.doubt == nil,
            reason: found.doubt
        )
    }

    /// The shovel that copies the stream from a site.
    private func shovel(
        _ shovels: [ShovelConfiguration],
        from site: String
    ) throws(OperationError) -> ShovelConfiguration {
        let copying = shovels.filter { shovel in
            guard shovel.copiesStream, shovel.source.site == site, case .stream(let name, _) = shovel.source.origin
            else {
                return false
            }
            return name == self.stream && (self.shovel == nil || self.shovel == shovel.name)
        }
        guard let first = copying.first else {
            throw Self.usage(
                "no shovel\(self.shovel.map { " '\($0)'" } ?? "") copies stream '\(self.stream)' of site '\(site)'",
                "see the shovels of the configuration"
            )
        }
        guard copying.count == 1 else {
            throw Self.usage(
                "\(copying.count) shovels copy stream '\(self.stream)' of site '\(site)'",
                "name one with --shovel: \(copying.map(\.name).joined(separator: ", "))"
            )
        }
        return first
    }

    /// Reads `--dc1 12345`, or `--dc1=12345`.
    static func place(
        _ arguments: [String],
        sites: [String]
    ) throws(OperationError) -> (site: String, offset: UInt64) {
        let parts = arguments.flatMap { $0.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false) }
        let names = sites.map { "--\($0)" }.joined(separator: " or ")
        guard parts.count == 2, parts[0].hasPrefix("--"), sites.contains(String(parts[0].dropFirst(2))) else {
            throw Self.usage(
                "an offset at one site is needed, and '\(arguments.joined(separator: " "))' is none",
                "give it as \(names), such as --\(sites.first ?? "dc1") 12345"
            )
        }
        // RabbitMQ counts offsets with 64 bits, of which the highest are never reached.
        guard let offset = UInt64(parts[1]), offset < 1 << 62 else {
            throw Self.usage("'\(parts[1])' is no offset", "an offset is a number from 0 on")
        }
        return (String(parts[0].dropFirst(2)), offset)
    }

    private static func usage(_ message: String, _ hint: String) -> OperationError {
        OperationError(.usage, code: .badRequest, message: message, hint: hint)
    }
}
