import ErrorCodes

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What an event changes about what is known.
extension LeaderStateMachine {
    mutating func take(_ event: LeaderEvent) {
        switch event {
        case .tick:
            break
        case .recordRead(let site, let ticket, let reading):
            takeReading(reading, of: site, under: ticket)
        case .lockTaken(let handle):
            takeLock(handle)
        case .lockRefused(let site, let ticket, let refusal):
            guard case .taking(ticket) = sites[site]?.lock else { return }
            sites[site]?.lock = .free
            sites[site]?.lockRefusal = refusal
            switch refusal.kind {
            case .unavailable: sites[site]?.lockRest.fail(at: now.time)
            // The attempt itself was the wait, so that a lock that becomes free is had at once.
            case .heldByAnother: sites[site]?.lockRest.pause(until: now.time + .milliseconds(200))
            }
            lockRefused(site, ticket, refusal)
        case .lockLost(let handle, let reason):
            guard case .held(handle, _) = sites[handle.site]?.lock else { return }
            sites[handle.site]?.lock = .free
            lockLost(handle, reason)
        case .lockReleased(let handle):
            if case .releasing(handle) = sites[handle.site]?.lock { sites[handle.site]?.lock = .free }
        case .recordWritten(let ticket, let record):
            takeWritten(record, under: ticket)
        case .recordNotWritten(let ticket, let refusal):
            takeNotWritten(refusal, under: ticket)
        case .routesStopped(let ticket):
            if case .stopping(ticket) = routes { routes = .stopped }
        case .stepWaits(let ticket, let reason):
            if operation?.pendingStep == ticket { operation?.waitsFor = reason }
        case .stepEnded(let ticket, let outcome):
            stepEnded(ticket, outcome)
        case .stepFailed(let ticket, let failure):
            guard operation?.pendingStep == ticket else { return }
            operation?.pendingStep = nil
            stepFailed(failure)
        case .promote(let order):
            takeOrder(order)
        case .abort(let request):
            takeAbort(request)
        case .renew:
            isRenewing = true
        case .stop:
            isStopping = true
        }
    }

    mutating func takeReading(_ reading: RecordReading, of site: String, under ticket: Ticket) {
        guard var state = sites[site], state.pendingRead == ticket else { return }
        defer { sites[site] = state }
        state.pendingRead = nil
        // It may lack what was written meanwhile.
        guard ticket > lastWrite else {
            state.nextRead = now.time
            return
        }
        state.reading = reading
        state.readUnder = ticket
        state.readAt = now.time
        state.nextRead = now.time + (isRelaying ? settings.readingInterval : settings.searchInterval)
        if let found = reading.record { know(found) }
    }

    mutating func takeLock(_ handle: LockHandle) {
        guard case .taking(handle.ticket) = sites[handle.site]?.lock else {
            // Asked for under circumstances that are over.
            act(.releaseLock(handle))
            return
        }
        let seen = issue()
        sites[handle.site]?.lock = .held(handle, seen: seen)
        sites[handle.site]?.lockRest.reset()
        sites[handle.site]?.lockRefusal = nil
        if operation?.pendingLock == handle.ticket { operation?.pendingLock = nil }
        // What was read before may have been changed by the holder before.
        readAgain()
    }

    mutating func takeWritten(_ written: PairRecord, under ticket: Ticket) {
        let site = endWriting(ticket)
        if let pending = pendingWrite, pending.ticket == ticket {
            pendingWrite = nil
            writeRest.reset()
            noteWritten(written, at: pending.site)
        } else if operation?.pendingWrite == ticket {
            operation?.pendingWrite = nil
            stepWritten(written)
        } else if let site {
            // Nobody waits for it any more, and it is there all the same.
            noteWritten(written, at: site)
        }
    }

    mutating func takeNotWritten(_ refusal: WriteRefusal, under ticket: Ticket) {
        _ = endWriting(ticket)
        if pendingWrite?.ticket == ticket {
            let site = pendingWrite?.site
            pendingWrite = nil
            lastWrite = issue()
            writeRest.fail(at: now.time)
            obstacle = OperationFault(
                .failed,
                code: .recordNotWritten,
                message: refusal.summary,
                hint: refusal.hint
            )
            uncertain?.rest.fail(at: now.time)
            if refusal.kind == .superseded, let site {
                // A later holder of the lock wrote: whatever the broker says, it is not held any more.
                sites[site]?.lockRest.fail(at: now.time)
                let handle = sites[site]?.heldLock
                _ = release(site)
                if let handle { lockLost(handle, refusal.summary) }
            }
            readAgain()
        } else if operation?.pendingWrite == ticket {
            operation?.pendingWrite = nil
            lastWrite = issue()
            stepNotWritten(refusal)
        } else {
            lastWrite = issue()
            readAgain()
        }
    }
}
