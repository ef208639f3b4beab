import ControlModel
import FoundationEssentials

/// One screen about a pair: only what is known, and what isn't as `unknown`.
struct StatusText {
    let report: StatusReport
    let style: TextStyle

    /// The text.
    var text: String {
        var lines = [self.headline]
        if let reason = self.report.protectionReason { lines.append("Not protected: \(reason)") }
        lines += self.losses
        lines += self.sites
        if let operation = self.report.operation { lines.append(self.line(of: operation)) }
        lines += self.report.schedule.flatMap { ScheduleText(style: self.style).lines(of: $0) }
        lines += self.topology
        if !self.report.routes.isEmpty { lines += [""] + self.routes }
        if !self.report.shovels.isEmpty { lines += [""] + self.shovels }
        let notes = self.pauses + self.storeFaults
        if !notes.isEmpty { lines += [""] + notes }
        let errors = self.errors + self.refusals
        if !errors.isEmpty { lines += [""] + errors }
        return lines.joined(separator: "\n")
    }

    private var headline: String {
        let protection = self.report.protection.rawValue.uppercased()
        let painted =
            switch self.report.protection {
            case .protected: self.style.good(protection)
            case .catchingUp, .paused, .unknown: self.style.warning(protection)
            case .degraded, .stalled: self.style.bad(protection)
            }
        return [
            "PAIR \(self.style.strong(self.report.pair))", painted, "active \(Shown.name(self.report.active))",
            "standby \(Shown.name(self.report.standby))",
            "epoch \(self.report.epoch.map(String.init) ?? Shown.unknown)",
            self.report.active == nil ? "" : (self.report.isOpen ? "open" : self.style.warning("not open")),
        ].filter { !$0.isEmpty }.joined(separator: "   ")
    }

    /// The pair's lag and loss: of all routes, and unknown if one of them is.
    private var losses: [String] {
        let routes = self.report.routes
        guard !routes.isEmpty else { return [] }
        let lag = "Lag now       \(Self.lag(routes.map(\.lag)))"
        guard let forecast = self.report.forecast else { return [lag] }
        let text = ForecastText(report: forecast)
        return [lag, "If promoted now (forced): \(text.line)"] + text.doubts
    }

    static func lag(_ lags: [LagReport]) -> String {
        let last = Self.amount(lags.map(\.messages), lags.map(\.seconds))
        if lags.allSatisfy(\.known) { return last ?? Shown.unknown }
        let evidence = lags.filter { !$0.known }.map(\.asOf)
        let since = evidence.compactMap { $0 }.min().map { " since \(Shown.date($0))" } ?? ""
        return Shown.unknown + since + (last.map { " - last known \($0)" } ?? "")
    }

    /// The sum of the messages and the longest of the times; `nil` where none is there, `unknown` where one is missing.
    private static func amount(_ messages: [Int?], _ seconds: [Double?]) -> String? {
        guard messages.contains(where: { $0 != nil }) || seconds.contains(where: { $0 != nil }) else { return nil }
        let sum = messages.contains { $0 == nil } ? nil : messages.compactMap { $0 }.reduce(0, +)
        let longest = seconds.contains { $0 == nil } ? nil : seconds.compactMap { $0 }.max()
        return "\(Shown.count(sum)) messages, \(Shown.seconds(longest))"
    }

    private var sites: [String] {
        self.report.sites.sorted { $0.key < $1.key }.map { name, site in
            let health =
                switch site.health {
                case .healthy: self.style.good("healthy")
                case .degraded: self.style.warning("degraded")
                case .unreachable: self.style.bad("unreachable")
                case .unauthorized: self.style.bad("unauthorized")
                case nil: self.style.warning(Shown.unknown)
                }
            let failed = site.checks.filter { $0.status == .failed }
            let checks = failed.map { "\($0.node) \($0.name): \($0.reason ?? "failed")" }
            let version = site.version.map { "RabbitMQ \($0)" } ?? "version unknown"
            return (["Site \(name)  \(health)  \(version)"] + checks).joined(separator: "  ")
        }
    }

    private var topology: [String] {
        guard let topology = self.report.topology else { return [] }
        let differences = topology.differences.map(String.init) ?? Shown.unknown
        let parts = [
            "synced \(topology.lastSync.map { Shown.date($0) } ?? "not yet")",
            "\(Shown.count(topology.applied)) applied",
            "differences \(differences)",
        ]
        return ["Topology  \(parts.joined(separator: ", "))"] + topology.conflicts.prefix(5).map { "  \($0)" }
    }

    private func line(of operation: OperationReport) -> String {
        let progress = [
            "replayed \(Shown.count(operation.replayed))", "remaining \(Shown.count(operation.remaining))",
        ].joined(separator: ", ")
        let step = operation.step.map { ": \($0)" } ?? ""
        return self.style.warning(
            "Operation \(operation.id): \(operation.kind) \(operation.operation) of \(operation.site) is "
                + "\(operation.state.rawValue)\(step) (\(progress))"
        )
    }

    private var routes: [String] {
        var table = TextTable([
            .init(title: "ROUTE"), .init(title: "DIRECTION"), .init(title: "STATE"),
            .init(title: "LAG", isNumber: true), .init(title: "MESSAGES", isNumber: true),
            .init(title: "IN/s", isNumber: true), .init(title: "OUT/s", isNumber: true),
            .init(title: "IN FLIGHT", isNumber: true), .init(title: "RETAINED", isNumber: true),
            .init(title: "SIZE", isNumber: true), .init(title: "COVERAGE", isNumber: true),
            .init(title: "QUARANTINED", isNumber: true),
        ])
        for route in self.report.routes {
            table.add([
                route.name, Shown.name(route.direction), route.state.rawValue,
                route.lag.known ? Shown.seconds(route.lag.seconds) : Shown.unknown,
                route.lag.known ? Shown.count(route.lag.messages) : Shown.unknown,
                Shown.rate(route.rate.in), Shown.rate(route.rate.out), Shown.count(route.inFlight.messages),
                Shown.count(route.retained.messages), Shown.bytes(route.retained.bytes),
                route.coverage.known ? Shown.seconds(route.coverage.seconds) : Shown.unknown,
                Shown.count(route.quarantined),
            ])
        }
        return table.lines(self.style)
    }

    private var shovels: [String] {
        var table = TextTable([
            .init(title: "SHOVEL"), .init(title: "FROM"), .init(title: "TO"), .init(title: "STATE"),
            .init(title: "SINCE"), .init(title: "IN/s", isNumber: true),
            .init(title: "OUT/s", isNumber: true), .init(title: "IN FLIGHT", isNumber: true),
            .init(title: "MOVED", isNumber: true), .init(title: "QUARANTINED", isNumber: true),
            .init(title: "REMAINING"),
        ])
        for shovel in self.report.shovels {
            table.add([
                shovel.name, Self.end(shovel.source), Self.end(shovel.destination), shovel.state.rawValue,
                Shown.date(shovel.since), Shown.rate(shovel.rate.in), Shown.rate(shovel.rate.out),
                Shown.count(shovel.inFlight.messages), Shown.count(shovel.moved), Shown.count(shovel.quarantined),
                Self.remaining(shovel),
            ])
        }
        return table.lines(self.style)
    }

    /// An end of a shovel in few words, such as `dc1 orders` or `dc2 exchange out, key a.b`.
    private static func end(_ end: ShovelEndReport) -> String {
        if let stream = end.stream { return "\(end.site) stream \(stream)" }
        if let queue = end.queue { return "\(end.site) \(queue)" }
        let exchange = end.exchange.map { "exchange \($0.isEmpty ? "(default)" : $0)" } ?? "own exchanges"
        return "\(end.site) \(exchange)" + (end.routingKey.map { ", key \($0.isEmpty ? "(empty)" : $0)" } ?? "")
    }

    /// What is left until a shovel is completed; nothing where it has no end.
    private static func remaining(_ shovel: ShovelReport) -> String {
        if let messages = shovel.remaining { return "\(Shown.count(messages)) messages" }
        return shovel.ends.map { "until \(Shown.date($0))" } ?? ""
    }

    /// What an operator holds up, since when, and who that was.
    private var pauses: [String] {
        let paused =
            self.report.routes.map { ("route", $0.name, $0.paused) }
            + self.report.shovels.map { ("shovel", $0.name, $0.paused) }
        return paused.compactMap { kind, name, pause in
            pause.map { self.style.warning("\(kind) \(name) is paused since \(Shown.date($0.since)) by \($0.by)") }
        }
    }

    /// Stores that could be published to faster.
    private var storeFaults: [String] {
        self.report.routes.compactMap { route in
            route.store.fault.map {
                let subject = "route \(Shown.safe(route.name))"
                return self.style.warning("\(subject) publishes to its store over AMQP: \(Shown.safe($0))")
            }
        }
    }

    /// What would have a planned promotion refused.
    private var refusals: [String] {
        (self.report.checks ?? []).flatMap { finding in
            let site = self.report.standby ?? "the standby site"
            let subject = finding.subject.map { " (\($0))" } ?? ""
            let line =
                "a planned promotion of \(site) would be refused: \(Shown.safe(finding.message)) [\(finding.code)]\(subject)"
            return [line] + (finding.hint.map { ["  -> \($0)"] } ?? [])
        }
    }

    private var errors: [String] {
        var lines: [String] = []
        if let error = self.report.error { lines += Shown.error(error, about: self.report.pair) }
        if let error = self.report.operation?.error { lines += Shown.error(error, about: "operation") }
        for route in self.report.operation?.routes ?? [] {
            if let error = route.error { lines += Shown.error(error, about: "replay of route \(route.name)") }
        }
        for listener in self.report.api ?? [] {
            if let error = listener.error { lines += Shown.error(error, about: "API at \(listener.address)") }
        }
        if let error = self.report.topology?.error { lines += Shown.error(error, about: "topology") }
        for (name, site) in self.report.sites.sorted(by: { $0.key < $1.key }) {
            if let error = site.error { lines += Shown.error(error, about: "site \(name)") }
        }
        for route in self.report.routes {
            // What is wrong with the pair as a whole need not be said again for each route.
            if let error = route.error, error != self.report.error {
                lines += Shown.error(error, about: "route \(route.name)")
            }
        }
        for shovel in self.report.shovels {
            if let error = shovel.error { lines += Shown.error(error, about: "shovel \(shovel.name)") }
        }
        return lines
    }
}
