import Foundation

/// A RabbitMQ node that belongs to this test process and is wiped when the process ends, however it ends.
///
/// Ports, data and configuration survive ``kill()``, ``stop()`` and ``restart()``. User and password are `guest`.
public struct BrokerNode: Sendable {
    /// The name of the node for `Scripts/broker`.
    public let name: String
    /// The port of AMQP 0-9-1 on 127.0.0.1.
    public let amqpPort: Int
    /// The port of the stream protocol on 127.0.0.1.
    public let streamPort: Int
    /// The port of the management API on 127.0.0.1.
    public let managementPort: Int
    /// The port of the Prometheus endpoint on 127.0.0.1.
    public let metricsPort: Int
    /// The datacenter for which it stands.
    public let site: BrokerSite
    /// Where the node keeps everything.
    public let directory: URL
    /// What the node itself says that it runs.
    public private(set) var version = NodeVersion.v4

    /// Starts a node, or a node that was stopped or killed again, and waits until all its listeners answer.
    ///
    /// - Parameters:
    ///   - name: `a-z`, `0-9` and `-`; the process's number is appended, so that test runs can go on side by side.
    ///   - site: the datacenter for which it stands; that of `other`, whatever is given, if there is one.
    ///   - configuration: lines of `rabbitmq.conf`, such as `collect_statistics_interval = 1000`.
    ///   - other: a running node whose cluster the new one joins.
    /// - Throws: ``HarnessError`` with the end of the node's log.
    public static func start(
        _ name: String,
        on site: BrokerSite = .dc1,
        configuration: [String] = [],
        joining other: BrokerNode? = nil
    ) async throws -> BrokerNode {
        let process = ProcessInfo.processInfo.processIdentifier
        let fullName = "\(name)-\(process)"
        var arguments = self.startArguments(fullName)
        for line in configuration { arguments += ["--config-line", line] }
        if let other { arguments += ["--join", other.name] }
        let site = other?.site ?? site
        let values = try await self.values(BrokerScript.run(arguments, environment: site.environment()))
        var node = BrokerNode(
            name: fullName,
            amqpPort: try self.port("AMQP_PORT", in: values),
            streamPort: try self.port("STREAM_PORT", in: values),
            managementPort: try self.port("MANAGEMENT_PORT", in: values),
            metricsPort: try self.port("METRICS_PORT", in: values),
            site: site,
            directory: URL(filePath: values["DIRECTORY"]?.trimmingCharacters(in: ["'"]) ?? "")
        )
        node.version = try await node.askVersion()
        return node
    }

    /// Ends the node in good order.
    public func stop() async throws {
        try await BrokerScript.run(["stop", self.name])
    }

    /// Ends the node's virtual machine with SIGKILL.
    public func kill() async throws {
        try await BrokerScript.run(["kill", self.name])
    }

    /// Starts the node again after ``stop()`` or ``kill()``, on the same ports, with the same data.
    public func start() async throws {
        try await self.start(environment: [:])
    }

    func start(environment: [String: String]) async throws {
        try await BrokerScript.run(Self.startArguments(self.name), environment: environment)
    }

    /// Stops the node in good order and starts it again.
    public func restart() async throws {
        try await BrokerScript.run(["restart", self.name])
    }

    /// Suspends the node (SIGSTOP): connections stay open and nothing answers.
    public func freeze() async throws {
        try await BrokerScript.run(["freeze", self.name])
    }

    /// Lets a frozen node go on (SIGCONT).
    public func thaw() async throws {
        try await BrokerScript.run(["thaw", self.name])
    }

    /// Raises the memory alarm, which blocks publishers, or takes it back. Returns when the node says so itself.
    public func alarm(_ isOn: Bool) async throws {
        try await BrokerScript.run(["alarm", self.name, isOn ? "on" : "off"])
    }

    /// Ends the node and deletes its data and its ports.
    public func wipe() async throws {
        try await BrokerScript.run(["wipe", self.name])
    }

    /// Runs `rabbitmqctl` against the node and returns what it printed.
    @discardableResult
    public func control(_ arguments: [String]) async throws -> String {
        try await BrokerScript.run(["ctl", self.name] + arguments)
    }

    /// Has the node write its definitions to disk. RabbitMQ confirms a declaration before: a node that is killed a moment
    /// later may have lost the queue, and all that was published to it (seen with Mnesia; Khepri writes first).
    public func writeDefinitions() async throws {
        try await control(["eval", "mnesia:sync_log()."])
    }

    /// The number of the node's virtual machine as a process; `nil` if it is not running.
    public func processIdentifier() async throws -> Int32? {
        try await Self.values(BrokerScript.run(["env", self.name]))["PID"].flatMap { Int32($0) }
    }

    private func askVersion() async throws -> NodeVersion {
        struct Overview: Decodable {
            var rabbitmq_version: String
        }
        let text = try await self.managementJSON("/api/overview", as: Overview.self).rabbitmq_version
        guard let version = NodeVersion(text) else {
            throw HarnessError("\(self.name) says that it is RabbitMQ '\(text)', which is no version")
        }
        return version
    }

    private static func startArguments(_ name: String) -> [String] {
        ["start", name, "--owner", String(ProcessInfo.processInfo.processIdentifier)]
    }

    private static func values(_ output: String) -> [String: String] {
        var values: [String: String] = [:]
        for line in output.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { values[String(parts[0])] = String(parts[1]) }
        }
        return values
    }

    private static func port(_ key: String, in values: [String: String]) throws -> Int {
        guard let port = values[key].flatMap({ Int($0) }) else {
            throw HarnessError("broker start printed no \(key): \(values)")
        }
        return port
    }
}
