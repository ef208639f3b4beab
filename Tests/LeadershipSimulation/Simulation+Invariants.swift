import ErrorCodes
import Leadership

extension Simulation {
    /// What must hold at any time.
    func checkAlways() {
        var open: [Int: String] = [:]
        for process in processes where process.isAlive && !process.isFrozen {
            guard process.machine.isOpen(at: .milliseconds(now)), let record = process.machine.record else { continue }
            if let other = open[record.epoch], other != record.active, !isTampered {
                violate("both sites are open in epoch \(record.epoch)")
            }
            open[record.epoch] = record.active
            checkEvidence(process, record)
        }
        guard !isTampered, let first = counting(sites[0].records), let second = counting(sites[1].records),
            first.epoch == second.epoch
        else { return }
        if first.active != second.active { violate("the records of epoch \(first.epoch) name two active sites") }
    }

    /// A site is open only if its own record said so not long ago: as long as a reading counts, and took.
    private func checkEvidence(_ process: SimulatedProcess, _ record: PairRecord) {
        let site = site(record.active)
        let statement = SimulatedSite.Statement(epoch: record.epoch, active: record.active)
        guard let until = site.statements[statement] else {
            return violate("\(process.name) says that \(site.name) is open, and its record never said so")
        }
        if until != .max, now - until > 12_000 + 5000 + 1000, process.heard(within: 18_000) {
            violate(
                "\(process.name) says that \(site.name) is open in epoch \(record.epoch), which its record does not say "
                    + "since \((now - until) / 1000) s"
            )
        }
    }

    /// What was taken back leaves the site active that was.
    func checkAbort(_ end: OperationEnd, by process: SimulatedProcess) {
        guard !isTampered, let record = counting(site(end.site).records), record.epoch == end.epoch else { return }
        // A write that came late may have brought it back there: the other site's newer copy mends that, or whoever leads
        // next takes it back once more.
        let other = counting(self.site(other: site(end.site)).records)
        let isMended = other.map { $0.isNewer(than: record) && $0.operation?.id != end.id } ?? false
        let isTakenBackAgain = cameLate.contains(end.id) && record.operation?.step == PromotionStep.reversibleCode
        if record.operation?.id == end.id, !isMended, !isTakenBackAgain {
            violate("\(process.name) took \(end.id) back, and the record of \(end.site) still has it")
        }
        // Another promotion of the same site may have followed.
        let maker = record.operation?.id ?? record.history.last { $0.epoch == record.epoch }?.id
        if record.active == end.site, maker.map({ $0 == end.id }) ?? true {
            violate("\(process.name) took \(end.id) back, and \(end.site) is active in epoch \(record.epoch)")
        }
    }

    /// What does not hold although nothing has gone wrong for a while; `nil` if everything does.
    func faultAtEnd() -> String? {
        let living = processes.filter(\.isAlive)
        for process in living {
            if let operation = process.machine.operation {
                return "\(process.name) still works on \(operation.id), at \(operation.stepCode)"
            }
            if let request = process.waiting.first { return "\(process.name) never answered \(request)" }
            if !process.leads { return "\(process.name) never ended" }
        }
        let daemons = living.filter(\.leads)
        let isHeld = daemons.contains { $0.machine.obstacle?.code == .recordsHeld }
        if isHeld, isTampered { return nil }
        let relaying = daemons.filter { $0.machine.relaying != nil && $0.routes.contains { $0.isRunning } }
        guard relaying.count == 1, let leader = relaying.first, let order = leader.machine.relaying else {
            let reasons = daemons.map { "\($0.name): \($0.machine.obstacle?.code.rawValue ?? "nothing")" }
            return "\(relaying.count) daemons relay (\(reasons.joined(separator: ", ")))"
        }
        guard let first = counting(sites[0].records), let second = counting(sites[1].records) else {
            return "a site has no record"
        }
        guard first.saysTheSame(as: second) else {
            return
                "the records differ: dc1 has epoch \(first.epoch), revision \(first.revision), dc2 epoch "
                + "\(second.epoch), revision \(second.revision)"
        }
        if let operation = first.operation { return "operation \(operation.id) was left unfinished" }
        if order.epoch != first.epoch || order.from != first.active {
            return "\(leader.name) relays from \(order.from) in epoch \(order.epoch), not what the records say"
        }
        if !isTampered, !site(first.active).capture.isEmpty { return "the capture of \(first.active) is not drained" }
        return leader.machine.isOpen ? nil : "\(first.active) is not open"
    }
}
