import Leadership

extension SimulatedProcess {
    func readRecord(_ site: SimulatedSite, _ ticket: Ticket) {
        if world.plants(.oldReadingFollowed), let last = lastReading[site.name], world.random.chance(50) {
            later(world.random.number(1...50)) { [unowned self] in
                feed(.recordRead(site: site.name, ticket, last))
            }
            return
        }
        call(site, .management, patience: 5000) {
            ($0.records, $0.hasLived)
        } _: { [unowned self] answer in
            let reading: RecordReading =
                switch answer {
                case .value((let records, let hasLived)):
                    world.counting(records).map { .record($0) } ?? (hasLived ? .lost(["a capture"]) : .none)
                case .refused, .unknown:
                    .unreachable(RecordFault(site: site.name, summary: "\(site.name) does not answer", hint: ""))
                }
            lastReading[site.name] = reading
            feed(.recordRead(site: site.name, ticket, reading))
        }
    }

    /// Reads, compares, writes and reads back, each in a message of its own, as the real one does.
    func writeRecord(_ record: PairRecord, under handle: LockHandle, _ ticket: Ticket) {
        let site = world.site(handle.site)
        var written = record
        written.generation = handle.generation
        noteAnnouncement(record)
        func end(_ kind: WriteRefusal.Kind, _ summary: String) {
            feed(.recordNotWritten(ticket, WriteRefusal(kind, summary: summary, hint: "")))
        }
        guard holds(handle) else { return later(1) { end(.refused, "the lock is not held") } }
        call(site, .management, patience: 5000) {
            $0.records
        } _: { [unowned self] answer in
            guard case .value(let records) = answer else { return end(.refused, "\(site.name) did not answer") }
            if let there = world.counting(records),
                there.epoch > record.epoch || there.generation > handle.generation
                    || there.goesBeyond(record, at: site.name)
            {
                return end(.superseded, "\(site.name) has epoch \(there.epoch), generation \(there.generation)")
            }
            guard holds(handle) else { return end(.refused, "the lock was lost before it was written") }
            world.troubleNow(self, site)
            call(site, .management, patience: 5000) { [world, unowned self] in
                world.put(written, at: $0, by: self)
            } _: { [unowned self] answer in
                if world.plants(.readBackSkipped) { return feed(.recordWritten(ticket, written)) }
                switch answer {
                case .value: readBack(written, at: site, records, ticket)
                case .refused: end(.refused, "\(site.name) refused it")
                case .unknown: end(.unknown, "\(site.name) did not say whether it was written")
                }
            }
        }
    }

    private func readBack(_ written: PairRecord, at site: SimulatedSite, _ before: [Int: PairRecord], _ ticket: Ticket)
    {
        call(site, .management, patience: 5000) {
            $0.records
        } _: { [unowned self] answer in
            guard case .value(let records) = answer else {
                return feed(
                    .recordNotWritten(ticket, WriteRefusal(.unknown, summary: "it was not read back", hint: ""))
                )
            }
            guard world.counting(records) == written else {
                return feed(
                    .recordNotWritten(ticket, WriteRefusal(.superseded, summary: "another one wrote", hint: ""))
                )
            }
            for epoch in Set(before.keys).union([written.epoch]).sorted(by: >).dropFirst(3) {
                call(site, .management, patience: 5000) {
                    $0.records[epoch] = nil
                } _: { _ in
                }
            }
            feed(.recordWritten(ticket, written))
        }
    }

    private func noteAnnouncement(_ record: PairRecord) {
        guard let operation = record.operation, operation.kind == .planned else { return }
        if world.announcements[operation.id] == nil { world.announcements[operation.id] = world.now }
    }
}
