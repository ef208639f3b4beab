import AMQP
import BrokerHarness
import Foundation
import RopewayHarness
import Testing

/// A pair whose operations are killed again and again, while either site may become the active one.
final class KilledOperations {
    /// Who is killed.
    enum Victim: String {
        /// The daemon that works on the operation.
        case daemon
        /// The command that works on it by itself, the daemon having been killed before.
        case command
    }

    let bench: ClusterBench
    let ledger = Ledger()
    private(set) var daemon: ChildProcess
    private(set) var active = "dc1"
    private(set) var epoch = 1
    /// What has come to the application's queue of a site so far.
    private var arrived: [String: [Delivery]] = [:]

    private var ropeway: RopewayProcess { bench.ropeway }
    var standby: String { active == "dc1" ? "dc2" : "dc1" }

    /// Starts the daemon, and waits until it relays.
    init(_ bench: ClusterBench) async throws {
        self.bench = bench
        daemon = try bench.ropeway.run(logLevel: "info")
        try await untilRelayed()
    }

    /// The first node of a site.
    func node(_ site: String) -> BrokerNode { site == "dc1" ? bench.dc1[0] : bench.dc2[0] }

    // MARK: Messages

    /// Publishes at the active site.
    func publish(_ count: Int, by publisher: String = "a") async throws {
        try await ledger.publish(count, by: publisher, to: ClusterBench.exchange, on: node(active))
    }

    /// Publishes at the active site until the task is cancelled.
    func keepPublishing() -> Task<Void, Never> {
        let node = node(active)
        return Task { [ledger] in
            while !Task.isCancelled {
                // What is not confirmed is published again under the same numbers.
                try? await ledger.publish(25, to: ClusterBench.exchange, on: node)
                try? await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    /// Waits until whatever was published at the active site is in the store of the other, and no gap was seen.
    func untilRelayed() async throws {
        try await eventually(within: .seconds(60), "everything is relayed from \(active)") {
            let route = try await ropeway.api("/v1/status").json.routes[0]
            let waiting = try await node(active).depth(of: bench.name("capture"))
            guard route.state.string == "running", route.lag.known.bool == true, route.lag.messages.int == 0,
                waiting == 0
            else { throw HarnessError("\(waiting) in the capture; \(route)") }
            return true
        }
    }

    /// Waits until everything is relayed, promotes, and expects every confirmed message at the site that is active then.
    func expectNothingLost() async throws {
        let target = standby
        try await untilRelayed()
        let answer = try await ropeway.promote(target, within: .seconds(120))
        #expect(answer.status == 0, "\(answer)")
        _ = try await untilSettled()
        let account = try await accountHere()
        let first = account.lost.prefix(3).joined(separator: ", ")
        FaultScale.note("\(ledger.confirmed) confirmed, \(account.distinct) found, \(account.lost.count) lost")
        #expect(account.lost.isEmpty, "\(account.lost.count) are lost, such as \(first)")
    }

    /// What has come to the active site, of all that was ever confirmed at either.
    func accountHere() async throws -> Ledger.Account {
        arrived[active, default: []] += try await node(active).drain(ClusterBench.queue)
        let account = ledger.account(of: arrived[active] ?? [])
        #expect(account.foreign.isEmpty, "what nobody published came to the application")
        return account
    }

    // MARK: Operations

    /// Starts a promotion of the standby site.
    func promote(forced: Bool = false) throws -> ChildProcess {
        try ropeway.start(
            ["promote", standby, "--format", "json"] + (forced ? ["--forced"] : ["--timeout", "60s"])
        )
    }

    /// The steps of a promotion of the standby site.
    func steps(forced: Bool) async throws -> [JSON] {
        let plan =
            forced
            ? try await ropeway.command("plan", standby, "--forced") : try await ropeway.command("plan", standby)
        guard plan.status == 0 else { throw HarnessError("\(plan)") }
        return plan.json.steps.elements
    }

    /// Starts a promotion of the standby site, and kills the daemon as soon as it says that it begins a step.
    ///
    /// - Parameters:
    ///   - step: one of ``steps(forced:)``.
    ///   - delay: how long after the step has begun.
    func promote(forced: Bool, killedAt step: JSON, after delay: Duration) async throws -> ChildProcess {
        let log = try FileHandle(forReadingFrom: daemon.standardError)
        defer { try? log.close() }
        try log.seekToEnd()
        let command = try promote(forced: forced)
        let site = step.site.string.map { " site=\($0) " } ?? ""
        let clock = ContinuousClock()
        let end = clock.now + .seconds(60)
        var text = ""
        func hasBegun() throws -> Bool {
            text += String(decoding: try log.readToEnd() ?? Data(), as: UTF8.self)
            return text.split(separator: "\n").contains {
                $0.contains("promotion step") && $0.contains(" step=\(step.step.string ?? "")")
                    && (site.isEmpty || $0.contains(site))
            }
        }
        while try !hasBegun() {
            guard clock.now < end else { throw HarnessError("\(step) has not begun: \(text)\n\(command.outputEnd)") }
            try await Task.sleep(for: .milliseconds(1))
        }
        if delay > .zero { try await Task.sleep(for: delay) }
        try await killDaemon()
        return command
    }

    /// Waits until the daemon's promotion drains.
    func untilDraining() async throws {
        try await eventually(within: .seconds(20), "the promotion drains") {
            let operation = try await ropeway.api("/v1/status").json.operation
            guard operation.step.string == "draining" else { throw HarnessError("\(operation)") }
            return true
        }
    }

    /// Has a command run, and kills whoever works for it after a time, or as soon as something holds.
    ///
    /// - Returns: the command, and whether there was something to kill.
    func kill(
        _ victim: Victim,
        after time: Duration,
        orWhen isDue: () async throws -> Bool = { false },
        of arguments: [String]
    ) async throws -> (ChildProcess, Bool) {
        if victim == .command { try await killDaemon() }
        let more = victim == .command ? ["--no-daemon"] : []
        let command = try ropeway.start(arguments + ["--format", "json"] + more)
        let clock = ContinuousClock()
        let end = clock.now + time
        while clock.now < end, command.isRunning {
            if try await isDue() { break }
            try await Task.sleep(for: .milliseconds(2))
        }
        let isInTime = command.isRunning
        switch victim {
        case .daemon:
            try await killDaemon()
        case .command:
            command.kill()
            try await command.wait(within: .seconds(5))
        }
        return (command, isInTime)
    }

    private func killDaemon() async throws {
        daemon.kill()
        try await daemon.wait(within: .seconds(5))
    }

    /// Starts the daemon where it was killed.
    func restart() throws {
        if !daemon.isRunning { daemon = try ropeway.run(logLevel: "info") }
    }

    // MARK: Records

    /// What a site's newest record says.
    func record(of site: String) async throws -> JSON {
        let prefix = "ropeway.\(ropeway.pair)."
        let (status, body) = try await node(site).management("GET", "/api/global-parameters")
        guard status == 200 else { throw HarnessError("global parameters of \(site): \(status)") }
        let records = try JSON(text: String(decoding: body, as: UTF8.self)).elements.filter { parameter in
            parameter.name.string.map { $0.hasPrefix(prefix) && Int($0.dropFirst(prefix.count)) != nil } ?? false
        }
        return records.max { $0.value.epoch.int ?? 0 < $1.value.epoch.int ?? 0 }?.value ?? .null
    }

    /// Whether the record of the site that is to become active says that no operation is under way.
    func isTakenBack() async throws -> Bool { try await record(of: standby).operation == .null }

    /// In which epoch the records are, and which of them say that an operation is under way.
    func recordedNow() async throws -> String {
        var parts: [String] = []
        for site in [standby, active] {
            let record = try await record(of: site)
            parts.append(
                "\(record.epoch.int.map { "e\($0 - epoch)" } ?? "none")\(record.operation == .null ? "" : "+op")"
            )
        }
        return parts.joined(separator: "/")
    }

    /// Waits until applications may use a site.
    func untilOpen(_ site: String) async throws {
        try await eventually(within: .seconds(60), "\(site) is open") {
            try await ropeway.api("/active?site=\(site)").status == 200
        }
    }

    /// Waits until both records say the same and nothing is under way, and exactly the site that they name is open.
    ///
    /// - Returns: whether the active site is another one than before.
    func untilSettled() async throws -> Bool {
        var settled = (active: "", epoch: 0)
        try await eventually(within: .seconds(60), "nothing is under way, and one site is open") {
            let records = [try await record(of: "dc1"), try await record(of: "dc2")]
            let statuses = [
                try await ropeway.api("/active?site=dc1").status, try await ropeway.api("/active?site=dc2").status,
            ]
            #expect(statuses != [200, 200], "both sites are open: \(records)")
            guard records.allSatisfy({ $0.operation == .null }), records[0].active == records[1].active,
                records[0].epoch == records[1].epoch, let active = records[0].active.string,
                let epoch = records[0].epoch.int, statuses == (active == "dc1" ? [200, 503] : [503, 200])
            else { throw HarnessError("\(statuses) \(records)") }
            settled = (active, epoch)
            return true
        }
        let hasMoved = settled.active != active
        #expect(settled.epoch == epoch + (hasMoved ? 1 : 0), "\(settled) after \(active) in epoch \(epoch)")
        (active, epoch) = settled
        return hasMoved
    }
}

extension KilledOperations {
    /// Runs rounds on fresh sites until processes were killed as often as `FaultScale.operationKills` says, and accounts
    /// for every message then.
    ///
    /// - Parameter round: gets the number of the round, from 0, and how many kills are left; tells how many it made.
    static func untilKilledOften(
        _ what: String,
        _ round: (_ operations: KilledOperations, _ number: Int, _ left: Int) async throws -> Int
    ) async throws {
        try await ClusterBench.with(threeNodesAt: FaultScale.largeSites) { bench in
            let operations = try await KilledOperations(bench)
            var kills = 0
            var rounds = 0
            while kills < FaultScale.operationKills, rounds < 3 * FaultScale.operationKills {
                kills += try await round(operations, rounds, FaultScale.operationKills - kills)
                rounds += 1
            }
            FaultScale.note(
                "\(bench.dc2[0].version), \(bench.dc2.count) nodes: \(what) killed \(kills) times in \(rounds) rounds"
            )
            #expect(kills == FaultScale.operationKills)
            try await operations.expectNothingLost()
        }
    }
}
