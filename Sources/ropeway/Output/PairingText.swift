import ControlModel
import Failover
import Pairing

/// What pairing found and did, for a person who reads nothing else.
struct PairingText {
    let report: PairingReport
    let style: TextStyle

    /// What will be done, before it is.
    var proposal: String { (self.found + self.planned).joined(separator: "\n") }

    /// What was done, and what comes next.
    var text: String {
        var lines = self.found + self.planned
        if self.report.wasWritten { lines.append("wrote \(self.report.configuration)") }
        if let topology = self.report.topology, topology.sync != nil {
            lines.append(TopologySyncText(report: topology, style: self.style).text)
        }
        if let check = self.report.check {
            lines += ["", CheckText(report: check, style: self.style).text]
        }
        if self.report.exitCode == .done, !self.report.next.isEmpty {
            lines += ["", "next:"] + self.report.next.map { "  \($0)" }
        } else if self.report.exitCode != .done {
            lines += ["", "mend what is marked above, then run the same command again: it goes on from here"]
        }
        return lines.joined(separator: "\n")
    }

    private var found: [String] {
        var lines: [String] = []
        for finding in self.report.findings {
            let mark =
                switch finding.verdict {
                case .ok: self.style.good("[OK  ]")
                case .warn: self.style.warning("[WARN]")
                case .fail: self.style.bad("[FAIL]")
                }
            lines.append(
                "\(mark) \(finding.code)  \(finding.subject.map { "\($0): " } ?? "")\(Shown.safe(finding.message))"
            )
            if finding.verdict != .ok, let hint = finding.hint { lines.append("         -> \(Shown.safe(hint))") }
        }
        return lines
    }

    private var planned: [String] {
        var lines = ["", "pair \(self.report.pair), \(self.report.active) active, \(self.report.configuration)"]
        if !self.report.routes.isEmpty {
            var table = TextTable([.init(title: "ROUTE"), .init(title: "EXCHANGE"), .init(title: "QUEUES")])
            for route in self.report.routes {
                let queues = route.queues.map { names in
                    names.prefix(3).joined(separator: ", ") + (names.count > 3 ? " and \(names.count - 3) more" : "")
                }
                table.add([route.name, Shown.safe(route.exchange), Shown.safe(queues ?? "")])
            }
            lines += table.lines(self.style)
        } else {
            lines.append("no exchange leads to a queue: nothing is carried until a route is added")
        }
        for exchange in self.report.uncaptured {
            lines.append(
                "\(self.style.warning("not captured")): exchange \(Shown.safe(exchange.exchange)): \(Shown.safe(exchange.reason))"
            )
            lines.append("         -> \(Shown.safe(exchange.hint))")
        }
        if let topology = self.report.topology, topology.sync == nil {
            lines.append(TopologyText(report: topology, style: self.style).text)
        }
        return lines
    }
}
