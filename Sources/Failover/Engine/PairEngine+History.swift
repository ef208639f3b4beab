import ControlModel
import ErrorCodes
import FoundationEssentials
import Leadership
import Schedule

extension PairEngine {
    package func operation(_ id: String) async -> OperationReport? {
        guard let report = await knownOperation(id) else { return nil }
        return await told(report)
    }

    private func knownOperation(_ id: String) async -> OperationReport? {
        if let progress, progress.id == id { return await progress.report() }
        if let end = ends.last(where: { $0.id == id }) { return OperationReport(end) }
        // One that another process runs, or that this one ran before it was restarted, stands in the record.
        if mode == .command { await readRecords() }
        guard let record else { return nil }
        if let operation = record.operation, operation.id == id {
            return OperationReport(operation, epoch: record.epoch)
        }
        return record.history.last { $0.id == id }.map { OperationReport($0, lost: losses.lost(by: $0.id)) }
    }

    package func history() async throws(OperationError) -> [HistoryEntry] {
        if mode == .command { await readRecords() }
        guard let record else {
            throw OperationError(
                .unknown,
                code: .noRecord,
                message: "no site could tell of the pair's history",
                hint: "check that a site answers, and that the pair was begun by the daemon"
            )
        }
        if mode == .command { await loadLosses() }
        let operations = record.history.map { HistoryEntry(OperationReport($0, lost: losses.lost(by: $0.id))) }
        if mode == .command { await watch.load(from: Array(sites.values)) }
        let gaps = await watch.allGaps.map { HistoryEntry($0) }
        if mode == .command || machine.isStandingBy { await hookDesk.load(from: Array(sites.values)) }
        let hooks = await hookDesk.ledger.runs.map { HistoryEntry($0) }
        if mode == .command { await readSchedule() }
        // Those that became an operation which the record tells of are there already, and what is only marked as begun
        // is no history yet.
        let known = Set(operations.map(\.id))
        let underWay = planner.situation.operation
        let planned = planner.record.outcomes.filter { outcome in
            guard outcome.state != .started || outcome.isUnderWay(as: underWay) else { return false }
            return outcome.operation.map { !known.contains($0) } ?? true
        }.map { HistoryEntry($0) }
        return (operations + gaps + hooks + planned).sorted {
            $0.started ?? .distantPast > $1.started ?? .distantPast
        }
    }
}
