import Leadership

/// A site's broker, as far as a pair knows it: the records, the lock, one capture and one store.
final class SimulatedSite {
    /// What a process asks a site for, each over connections of its own.
    enum Plane { case management, amqp, publishing }

    let name: String
    let index: Int
    var isDown = false
    var isManagementHung = false
    var isAMQPHung = false
    var hasAlarm = false
    /// Whether applications publish to it.
    var isPublishing = false

    var records: [Int: PairRecord] = [:]
    /// The highest epoch that counted, unless a person changed the records.
    var highestEpoch = 0
    /// Until when each statement of which site is active in which epoch counted here; those that still do have no end.
    var statements: [Statement: Int] = [:]

    var lockConnections: [LockConnection] = []
    var lockGeneration: UInt64 = 0

    var capture = SimulatedCapture()
    var store = SimulatedStore()

    struct Statement: Hashable {
        var epoch: Int
        var active: String
    }

    init(name: String, index: Int) {
        self.name = name
        self.index = index
    }

    func answers(_ plane: Plane) -> Bool {
        switch plane {
        case .management: !isManagementHung
        case .amqp: !isAMQPHung
        case .publishing: !isAMQPHung && !hasAlarm
        }
    }

    /// Whether there is anything that only a pair with a record makes.
    var hasLived: Bool { capture.exists || store.exists }
}

/// The messages that an exchange's capture holds. Each message has a number of its own.
struct SimulatedCapture {
    var exists = false
    var messages: [Int] = []
    /// The routes that consume it, alone, and when they were last heard.
    var consumer: Int?
    var heard = 0

    var isEmpty: Bool { messages.isEmpty }

    /// Gives the consumer what is there; another one is turned away until the first has been silent for some time.
    mutating func deliver(to routes: Int, at now: Int) -> [Int] {
        exists = true
        guard consumer == nil || consumer == routes || now - heard > 20_000 else { return [] }
        consumer = routes
        heard = now
        return Array(messages.prefix(20))
    }

    /// Removes what its consumer acknowledges. One that has lost its place can't.
    mutating func acknowledge(_ numbers: [Int], by routes: Int) -> [Int] {
        guard consumer == routes else { return [] }
        let removed = Set(numbers)
        let found = messages.filter { removed.contains($0) }
        messages.removeAll { removed.contains($0) }
        return found
    }
}

/// What a store holds, and how far it was sealed.
struct SimulatedStore {
    var exists = false
    var messages: [Int] = []
    /// Publishing in lower epochs is refused.
    var barrier = 0
    /// Up to where each operation replays.
    var seals: [String: Int] = [:]
    /// The first message that no operation has sealed.
    var unsealed = 0
    /// What came in an epoch that had been sealed, which no replay of it will read.
    var swallowed: Set<Int> = []
    var sealedEpoch = 0

    /// - Parameters:
    ///   - epoch: that of the exchange it goes through.
    ///   - claimed: that of whoever publishes.
    /// - Returns: whether it was taken.
    mutating func publish(_ numbers: [Int], epoch: Int, claimed: Int) -> Bool {
        guard epoch >= barrier else { return false }
        exists = true
        messages += numbers
        if claimed < sealedEpoch {
            swallowed.formUnion(numbers)
        } else {
            swallowed.subtract(numbers)
        }
        return true
    }

    mutating func closeBarrier(below epoch: Int) { barrier = max(barrier, epoch) }

    /// Seals what is there for an operation, once.
    mutating func seal(for operation: String, epoch: Int) -> Int {
        if let seal = seals[operation] { return seal }
        exists = true
        seals[operation] = messages.count
        unsealed = messages.count
        sealedEpoch = max(sealedEpoch, epoch)
        return messages.count
    }
}

/// A connection on which a process wants or holds a site's lock.
final class LockConnection {
    let process: SimulatedProcess
    let life: Int
    let site: SimulatedSite
    let ticket: Ticket
    var isOpenAtClient = true
    var isOpenAtBroker = false
    /// The generation with which the broker handed it the token.
    var granted: UInt64?
    /// What the process knows of it.
    var handle: LockHandle?
    var wasConnected = false
    var heardByBroker = 0
    var heardByClient = 0

    init(process: SimulatedProcess, site: SimulatedSite, ticket: Ticket) {
        self.process = process
        self.life = process.life
        self.site = site
        self.ticket = ticket
    }
}

extension Simulation {
    /// Closes a lock's connection at the broker and hands the token to the next.
    func close(_ connection: LockConnection) {
        guard connection.isOpenAtBroker else { return }
        connection.isOpenAtBroker = false
        connection.site.lockConnections.removeAll { $0 === connection }
        grant(connection.site)
    }

    /// Hands the token to whoever waits for it longest.
    func grant(_ site: SimulatedSite) {
        guard let first = site.lockConnections.first, first.granted == nil else { return }
        site.lockGeneration += 1
        let generation = site.lockGeneration
        first.granted = generation
        say("\(site.name): its lock goes to \(first.process.name), generation \(generation)")
        answer(first.process, life: first.life, from: site) { first.process.gotToken(first, generation) }
    }

    /// Heartbeats of the locks' connections, both ways, once a second.
    func beat() {
        for site in sites where !site.isDown && !site.isAMQPHung {
            for connection in site.lockConnections {
                let process = connection.process
                let link = link(process, site)
                if connection.isOpenAtClient, process.isRunning(connection.life), !process.isFrozen, !link.toSite {
                    connection.heardByBroker = now
                }
                if !link.fromSite { connection.heardByClient = now }
                if now - connection.heardByBroker > 15_000 {
                    say("\(site.name): closes the silent lock connection of \(process.name)")
                    close(connection)
                }
            }
        }
        for process in processes where process.isAlive && !process.isFrozen { process.watchLocks() }
    }

    // MARK: Records

    /// The record of a site that counts. A generation below that of a record of a lower epoch is no sign of one that was
    /// written too late: a holder that did not know yet that the lock was gone may have written and read it back before
    /// the next holder's write landed.
    func counting(_ records: [Int: PairRecord]) -> PairRecord? {
        PairRecord.counting(Array(records.values))
    }

    /// Writes a record at a site, and looks what that means.
    func put(_ record: PairRecord, at site: SimulatedSite, by process: SimulatedProcess) {
        let before = counting(site.records)
        if let there = site.records[record.epoch], there.revision > record.revision, let id = record.operation?.id {
            cameLate.insert(id)
        }
        site.records[record.epoch] = record
        let after = counting(site.records)
        say(
            "\(site.name): \(process.name) wrote epoch \(record.epoch), revision \(record.revision), generation "
                + "\(record.generation), '\(record.active)' active, "
                + (record.operation.map { "operation \($0.id) at \($0.step)" } ?? "no operation")
        )
        noteStatements(of: site, before: before)
        if let after, let newest = site.records[site.highestEpoch], after.voids(newest) {
            // It was written between the look and the write of whoever takes its operation back.
            site.highestEpoch = after.epoch
        }
        if let after, after.epoch < site.highestEpoch, !isTampered {
            violate("the epoch of \(site.name) went back from \(site.highestEpoch) to \(after.epoch)")
        }
        site.highestEpoch = max(site.highestEpoch, after?.epoch ?? 0)
        if let last = record.history.last, last.result == "aborted", after == record { takenBack[last.id] = last.epoch }
        if let operation = record.operation, operation.site == record.active, after == record, !isTampered,
            let epoch = takenBack[operation.id], record.epoch > epoch
        {
            violate("operation \(operation.id) was taken back, and \(record.active) became active by it all the same")
        }
        guard let after, after.epoch > before?.epoch ?? 0, let operation = after.operation else { return }
        guard operation.kind == .planned, operation.site == after.active, after.active == site.name else { return }
        let origin = self.site(other: site)
        let announced = announcements[operation.id] ?? 0
        if let left = origin.capture.messages.first(where: { published[$0] < announced }), !isTampered {
            violate("planned operation \(operation.id) committed while message \(left) was still in its capture")
        }
    }

    /// Keeps how long what a site's record said was true.
    func noteStatements(of site: SimulatedSite, before: PairRecord?) {
        let after = counting(site.records)
        if let before {
            site.statements[.init(epoch: before.epoch, active: before.active)] = now
        }
        if let after { site.statements[.init(epoch: after.epoch, active: after.active)] = .max }
    }
}
