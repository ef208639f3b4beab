import ErrorCodes
import Leadership

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A daemon or a command: the machine, and a driver that carries out what it wants.
final class SimulatedProcess {
    unowned let world: Simulation
    let name: String
    let number: Int
    let leads: Bool
    /// Counts how often it was started: what an earlier life had under way means nothing to a later one.
    private(set) var life = 0
    private(set) var isAlive = false
    private(set) var isFrozen = false
    private var mailbox: [() -> Void] = []
    /// By how much its wall clock is off, in seconds.
    var clockOffset = 0.0
    private(set) var machine: LeaderStateMachine
    private var wake = 0

    var locks: [LockConnection] = []
    /// Locks that it gave back, or was told that it lost.
    var ended: Set<LockHandle> = []
    var routes: [RouteSet] = []
    var steps: [Ticket: RunningStep] = [:]
    /// What was read last, for a planted fault.
    var lastReading: [String: RecordReading] = [:]
    /// Orders that have not been answered.
    var waiting: Set<String> = []
    /// For a command: it ends once this has been done.
    var errand: String?

    /// When it was last thawed.
    private var goneOn = 0
    private var said: [String: RecordReading] = [:]
    private var recent: [Int] = []
    private var failures: [String: [Int]] = [:]

    init(_ name: String, leads: Bool, in world: Simulation) {
        self.name = name
        self.leads = leads
        self.world = world
        number = world.processes.count
        machine = Self.machine(leads)
        world.processes.append(self)
        world.links[number] = [Simulation.Link(), Simulation.Link()]
    }

    private static func machine(_ leads: Bool) -> LeaderStateMachine {
        LeaderStateMachine(
            .init(pair: "pair", first: "dc1", second: "dc2", configuredActive: "dc1", leads: leads)
        )
    }

    // MARK: Life

    func isRunning(_ life: Int) -> Bool { isAlive && self.life == life }

    func start() {
        guard !isAlive else { return }
        life += 1
        isAlive = true
        isFrozen = false
        machine = Self.machine(leads)
        world.say("\(name) starts")
        feed(.tick)
    }

    /// Ends it at once. The brokers hear of it, unless the network is in the way.
    func kill() {
        guard isAlive else { return }
        world.say("\(name) is gone")
        isAlive = false
        for connection in locks {
            connection.isOpenAtClient = false
            hangUp(connection)
        }
        forgetEverything()
    }

    func forgetEverything() {
        for set in routes { set.isRunning = false }
        locks = []
        ended = []
        routes = []
        steps = [:]
        mailbox = []
        lastReading = [:]
        waiting = []
        said = [:]
        recent = []
        failures = [:]
    }

    func freeze() {
        guard isAlive, !isFrozen else { return }
        world.say("\(name) is frozen")
        isFrozen = true
    }

    /// Whether it has not been frozen for so long.
    func heard(within milliseconds: Int) -> Bool { world.now - goneOn > milliseconds }

    func thaw() {
        guard isAlive, isFrozen else { return }
        world.say("\(name) goes on")
        isFrozen = false
        goneOn = world.now
        let missed = mailbox
        mailbox = []
        for action in missed { inside(life, action) }
    }

    /// Does something as this process, once it is not frozen.
    func inside(_ life: Int, _ action: @escaping () -> Void) {
        guard isRunning(life) else { return }
        if isFrozen { mailbox.append(action) } else { action() }
    }

    /// Does something as this process after a while.
    func later(_ delay: Int, _ action: @escaping () -> Void) {
        let life = life
        world.after(delay) { [unowned self] in inside(life, action) }
    }

    // MARK: The machine

    var moment: Moment {
        Moment(
            time: .milliseconds(world.now),
            date: Date(timeIntervalSince1970: 1_800_000_000 + Double(world.now) / 1000 + clockOffset)
        )
    }

    /// Tells the machine something, and carries out what it wants.
    func feed(_ event: LeaderEvent) {
        guard isAlive else { return }
        if isWorthSaying(event), let words = event.words { world.say("\(name) \(words)") }
        let before = machine.record
        let actions = machine.handle(event, at: moment)
        if let before {
            if let record = machine.record {
                if before.isNewer(than: record), !record.voids(before) {
                    world.violate("the record that \(name) knows went back")
                }
            } else {
                world.violate("\(name) forgot its record")
            }
        }
        noteRate(actions.count)
        for action in actions { perform(action) }
        scheduleWake()
    }

    /// Most readings say what the one before said.
    private func isWorthSaying(_ event: LeaderEvent) -> Bool {
        guard world.options.isTracing, case .recordRead(let site, _, let reading) = event else { return true }
        defer { said[site] = reading }
        return said[site] != reading
    }

    private func noteRate(_ count: Int) {
        let minute = world.now / 60_000
        if recent.first != minute { recent = [minute, 0] }
        recent[1] += count
        if recent[1] > 2000 { world.violate("\(name) did \(recent[1]) things within a minute") }
    }

    private func scheduleWake() {
        wake += 1
        let mine = wake
        guard let time = machine.nextWake else { return }
        let milliseconds = Int((time / .milliseconds(1)).rounded(.up))
        later(max(1, milliseconds - world.now)) { [unowned self] in
            if wake == mine { feed(.tick) }
        }
    }

    private func perform(_ action: LeaderAction) {
        if let words = action.words { world.say("\(name) \(words)") }
        switch action {
        case .readRecord(let site, let ticket): readRecord(world.site(site), ticket)
        case .takeLock(let site, let ticket, let patience):
            takeLock(world.site(site), ticket, patience: Int(patience / .milliseconds(1)))
        case .releaseLock(let handle): releaseLock(handle)
        case .writeRecord(let record, let handle, let ticket):
            mustHold(handle, "writes a record")
            writeRecord(record, under: handle, ticket)
        case .startRoutes(let order, let handle):
            mustHold(handle, "starts routes")
            startRoutes(order, under: handle)
        case .stopRoutes(let ticket): stopRoutes(ticket)
        case .perform(let order, let handle, let ticket):
            mustHold(handle, "performs a step")
            perform(order, under: handle, ticket)
        case .cancelStep(let ticket): cancelStep(ticket)
        case .answer(let request, let answer): answered(request, answer)
        case .ended(let end): operationEnded(end)
        case .applySettings: break
        case .stopped: later(1) { [unowned self] in kill() }
        }
    }

    private func mustHold(_ handle: LockHandle, _ what: String) {
        if ended.contains(handle) { world.violate("\(name) \(what) under a \(handle) that it has not any more") }
    }

    // MARK: Operations

    private func answered(_ request: String, _ answer: OrderAnswer) {
        waiting.remove(request)
        switch answer {
        case .accepted(let id): if errand == request { errand = id }
        case .alreadyActive, .refused: if errand == request { stopSoon() }
        }
    }

    private func operationEnded(_ end: OperationEnd) {
        switch end.fault?.kind {
        case nil:
            world.outcome.promotions += 1
            world.applicationsFollow(end)
        case .aborted:
            world.outcome.aborts += 1
            world.checkAbort(end, by: self)
            world.applicationsReturn(end)
        case .incomplete:
            var times = (failures[end.id] ?? []).filter { world.now - $0 < 60_000 }
            times.append(world.now)
            failures[end.id] = times
            if times.count > 15 { world.violate("\(name) tried \(end.id) \(times.count) times within a minute") }
        default: break
        }
        if errand == end.id { stopSoon() }
    }

    private func stopSoon() {
        errand = nil
        later(1) { [unowned self] in feed(.stop) }
    }

    // MARK: Calls

    enum Answer<Value> {
        case value(Value)
        /// Certainly not done.
        case refused
        /// Nobody knows.
        case unknown
    }

    private final class Call { var isOver = false }

    /// Asks a site for something and waits for the answer for so long.
    func call<Value>(
        _ site: SimulatedSite,
        _ plane: SimulatedSite.Plane,
        patience: Int,
        _ body: @escaping (SimulatedSite) -> Value,
        _ done: @escaping (Answer<Value>) -> Void
    ) {
        let call = Call()
        let life = life
        func finish(_ answer: Answer<Value>) {
            guard !call.isOver else { return }
            call.isOver = true
            done(answer)
        }
        later(patience) { finish(.unknown) }
        world.carry(
            self,
            to: site,
            plane,
            after: world.delay(),
            refused: { [unowned self] in inside(life) { finish(.refused) } },
            arrived: { [unowned self] in
                let value = body(site)
                world.answer(self, life: life, from: site) { finish(.value(value)) }
            }
        )
    }
}
