import BrokerHarness
import Foundation
import FoundationNetworking

/// One pair with a configuration file of its own, and the real program that is run with it.
///
/// ```swift
/// var ropeway = try await RopewayProcess.make(dc1: SiteAddress(node1), dc2: SiteAddress(node2))
/// ropeway.addRoute("orders", standby: "{type: stream, ttl: 1h}")
/// let daemon = try ropeway.run()
/// try await ropeway.untilRunning()
/// let answer = try await ropeway.promote("dc2", "--forced")
/// #expect(answer.exit == .status(0))
/// ```
public struct RopewayProcess: Sendable {
    /// How a command ended and what it printed.
    public struct Answer: Sendable, CustomStringConvertible {
        public var exit: ChildProcess.Exit
        public var output: String
        public var errors: String

        public init(exit: ChildProcess.Exit, output: String, errors: String) {
            self.exit = exit
            self.output = output
            self.errors = errors
        }

        /// Standard output as JSON; null where it is none.
        public var json: JSON { (try? JSON(text: output)) ?? .null }
        /// The exit status; -1 where a signal ended it.
        public var status: Int32 {
            guard case .status(let status) = exit else { return -1 }
            return status
        }

        public var description: String { "\(exit)\n\(output)\n\(errors)" }
    }

    public var pair: String
    /// The active site at first start.
    public var active = "dc1"
    public var dc1: SiteAddress
    public var dc2: SiteAddress
    /// Lines of YAML, each an element of `routes`.
    public var routes: [String] = []
    /// Lines of YAML, each an element of `hooks`.
    public var hooks: [String] = []
    /// Lines of YAML, each an element of `shovels`.
    public var shovels: [String] = []
    /// A mapping in YAML: `{sync: continuous, interval: 5s}`.
    public var topology: String?
    /// A mapping in YAML: `{loss-messages: 10}`.
    public var budget: String?
    public var health = "{interval: 1s, timeout: 1s}"
    /// The port of the HTTP API.
    public var apiPort: Int
    /// The folder of the configuration, which the operating system cleans up.
    public let folder: URL

    /// A pair without routes. Nothing is run yet.
    ///
    /// - Parameter pair: part of the name of every object on the brokers.
    public static func make(
        pair: String = "pair",
        dc1: SiteAddress,
        dc2: SiteAddress
    ) async throws -> RopewayProcess {
        let folder = FileManager.default.temporaryDirectory.appending(path: "ropeway-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return RopewayProcess(
            pair: pair,
            dc1: dc1,
            dc2: dc2,
            apiPort: try await freePort(in: PortRange.daemons),
            folder: folder
        )
    }

    /// Adds a route for the exchange of the same name.
    ///
    /// - Parameters:
    ///   - standby: a mapping in YAML: `{type: stream, ttl: 1h}`.
    ///   - replay: a mapping in YAML.
    ///   - more: further keys of the route, such as `capture: {type: classic}`.
    public mutating func addRoute(
        _ exchange: String,
        standby: String = "{type: stream, ttl: 1h}",
        replay: String = "{window: all}",
        more: [String] = []
    ) {
        let lines = ["exchange: \(exchange)", "standby: \(standby)", "replay: \(replay)"] + more
        routes.append((["- name: \(exchange)"] + lines.map { "    \($0)" }).joined(separator: "\n"))
    }

    /// The path of the configuration.
    public var configurationPath: String { folder.appending(path: "ropeway.yaml").path }

    /// The configuration as it stands.
    public var configuration: String {
        var lines = ["pair: \(pair)", "active: \(active)", "sites:", "  dc1:"]
        lines += dc1.lines(passwordVariable: "DC1_PASSWORD") + ["  dc2:"]
        lines += dc2.lines(passwordVariable: "DC2_PASSWORD")
        if !routes.isEmpty { lines += ["routes:"] + routes.map { "  \($0)" } }
        if !shovels.isEmpty { lines += ["shovels:"] + shovels.map { "  \($0)" } }
        if let topology { lines.append("topology: \(topology)") }
        if let budget { lines.append("budget: \(budget)") }
        if !hooks.isEmpty { lines += ["hooks:"] + hooks.map { "  - \($0)" } }
        lines += ["health: \(health)", "api: {listen: \"127.0.0.1:\(apiPort)\"}"]
        return lines.joined(separator: "\n") + "\n"
    }

    /// Writes the configuration. ``run()`` and the commands do it by themselves.
    public func write(_ text: String? = nil) throws {
        try (text ?? configuration).write(toFile: configurationPath, atomically: true, encoding: .utf8)
    }

    /// Starts the daemon. Whoever holds the answer owns it: it is killed when nobody does.
    public func run(logLevel: String = "debug") throws -> ChildProcess {
        try write()
        return try start(["run", "--log-level", logLevel])
    }

    /// Starts a command and does not wait for it. The configuration is the one written last.
    ///
    /// - Parameter more: further variables of its environment.
    public func start(_ arguments: [String], environment more: [String: String] = [:]) throws -> ChildProcess {
        try ChildProcess.start(
            RopewayBinary.path(),
            arguments + ["--config", configurationPath],
            environment: [
                "DC1_PASSWORD": dc1.password, "DC2_PASSWORD": dc2.password,
                "XDG_STATE_HOME": folder.path, "HOME": folder.path, "ROPEWAY_STATE": folder.path,
            ].merging(more) { $1 }
        )
    }

    /// Runs a command to its end, with `--format json`.
    ///
    /// - Parameter configuration: the text of another file to run it with.
    /// - Throws: ``HarnessError`` where it has not ended by the deadline.
    public func command(
        _ arguments: String...,
        configuration: String? = nil,
        within deadline: Duration = .seconds(60)
    ) async throws -> Answer {
        try write(configuration)
        let child = try start(arguments + ["--format", "json"])
        let exit = try await child.wait(within: deadline)
        return Answer(exit: exit, output: try child.output(), errors: try child.errorOutput())
    }

    /// `ropeway status`.
    public func status(within deadline: Duration = .seconds(30)) async throws -> JSON {
        let answer = try await command("status", within: deadline)
        guard answer.exit == .status(0) else { throw HarnessError("status: \(answer)") }
        return answer.json
    }

    /// `ropeway promote SITE …`, to its end.
    public func promote(
        _ site: String,
        _ options: String...,
        within deadline: Duration = .seconds(90)
    ) async throws -> Answer {
        try write()
        let child = try start(["promote", site, "--format", "json"] + options)
        let exit = try await child.wait(within: deadline)
        return Answer(exit: exit, output: try child.output(), errors: try child.errorOutput())
    }

    /// Asks the daemon's HTTP API.
    ///
    /// - Parameter path: such as `/v1/status`.
    /// - Throws: ``HarnessError`` or a `URLError` where no answer came within 15 s.
    public func api(_ path: String) async throws -> (status: Int, json: JSON) {
        guard let address = URL(string: "http://127.0.0.1:\(apiPort)\(path)") else {
            throw HarnessError("'\(path)' is no path")
        }
        let request = URLRequest(url: address, timeoutInterval: 15)
        let (data, response) = try await URLSession.shared.data(for: request)
        guard let response = response as? HTTPURLResponse else { throw HarnessError("\(path): not an HTTP answer") }
        return (response.statusCode, (try? JSON(text: String(decoding: data, as: UTF8.self))) ?? .null)
    }

    /// What `ropeway status` says, asked of the daemon itself, which takes a tenth of the time.
    public func daemonStatus() async throws -> JSON {
        let answer = try await api("/v1/status")
        guard answer.status == 200 else { throw HarnessError("status: \(answer)") }
        return answer.json
    }

    /// Waits until all routes run and the standby stores have everything.
    public func untilRunning(within deadline: Duration = .seconds(30)) async throws {
        try await eventually(within: deadline, "all routes of pair \(pair) run") {
            let status = try await status()
            let states = status.routes.elements.map { $0.state.string ?? "null" }
            guard states.allSatisfy({ $0 == "running" }), !states.isEmpty else {
                throw HarnessError("routes are \(states); \(status)")
            }
            return true
        }
    }

    /// Waits until a route has relayed so many messages since its daemon started.
    public func untilRelayed(_ count: Int, route: Int = 0, within deadline: Duration = .seconds(60)) async throws {
        try await eventually(within: deadline, "\(count) messages relayed") {
            let report = try await status().routes[route]
            guard let relayed = report.relayed.int, relayed >= count else {
                throw HarnessError("relayed: \(report.relayed); \(report)")
            }
            return true
        }
    }
}
