import Leadership

extension LeaderEvent {
    /// What happened, to follow a process's name.
    var words: String? {
        switch self {
        case .tick: nil
        case .recordRead(let site, let ticket, let reading): "read of \(site) \(ticket): \(reading.words)"
        case .lockTaken(let handle): "has the \(handle)"
        case .lockRefused(let site, _, let refusal): "does not get the lock of \(site): \(refusal.summary)"
        case .lockLost(let handle, let reason): "has lost the \(handle): \(reason)"
        case .lockReleased(let handle): "has given back the \(handle)"
        case .recordWritten(let ticket, let record): "wrote \(ticket): \(record.words)"
        case .recordNotWritten(let ticket, let refusal): "did not write \(ticket) (\(refusal.kind)): \(refusal.summary)"
        case .routesStopped: "has ended its routes"
        case .stepWaits: nil
        case .stepEnded(let ticket, _): "is done with step \(ticket)"
        case .stepFailed(let ticket, let failure): "failed in step \(ticket): \(failure.message)"
        case .promote(let order):
            "is asked for \(order.id), a \(order.kind) promotion of \(order.site)\(order.isDryRun ? ", dry" : "")"
        case .abort(let request): "is asked to abort (\(request))"
        case .renew: "gets new settings"
        case .stop: "is asked to end"
        }
    }
}

extension LeaderAction {
    /// What is done, to follow a process's name.
    var words: String? {
        switch self {
        case .readRecord: nil
        case .takeLock(let site, _, _): "wants the lock of \(site)"
        case .releaseLock(let handle): "gives back the \(handle)"
        case .writeRecord(let record, let handle, let ticket): "writes \(ticket) under the \(handle): \(record.words)"
        case .startRoutes(let order, let handle):
            "relays from \(order.from) to \(order.to) in epoch \(order.epoch) under the \(handle)"
        case .stopRoutes: "ends its routes"
        case .perform(let order, _, let ticket): "begins step \(ticket) of \(order.operation): \(order.step.code)"
        case .cancelStep(let ticket): "cancels step \(ticket)"
        case .answer(let request, let answer): "answers \(request): \(answer.words)"
        case .ended(let end): "has ended \(end.id): \(end.fault.map { "\($0.code), \($0.message)" } ?? "done")"
        case .applySettings: "takes over its new settings"
        case .stopped: "has ended everything"
        }
    }
}

extension RecordReading {
    var words: String {
        switch self {
        case .record(let record): record.words
        case .none: "no record"
        case .lost: "no record any more"
        case .setBack(let record, let ended, _): "\(record.words), although epoch \(ended) has ended there"
        case .unreachable: "no answer"
        case .unreadable: "nothing that can be read"
        }
    }
}

extension PairRecord {
    var words: String {
        "epoch \(epoch), revision \(revision), '\(active)' active, generation \(generation)"
            + (operation.map { ", \($0.id) at \($0.step)" } ?? "")
    }
}

extension OrderAnswer {
    var words: String {
        switch self {
        case .accepted(let id): "accepted as \(id)"
        case .alreadyActive: "already active"
        case .refused(let fault): "refused, \(fault.code): \(fault.message)"
        }
    }
}
