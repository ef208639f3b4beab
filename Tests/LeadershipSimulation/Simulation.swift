import Leadership
import SeededRandomness

/// Two sites, some processes that lead or command a pair, and what goes wrong between them: all from one seed.
package final class Simulation {
    package struct Options: Sendable {
        package var planted: PlantedFault?
        package var isTracing: Bool
        /// How long things go wrong, in seconds.
        package var trouble = 150
        /// How long nothing does afterwards, until everything has to be well. Once half of it is over, a seed may end as soon
        /// as everything is.
        package var quiet = 240

        package init(planted: PlantedFault? = nil, isTracing: Bool = false) {
            self.planted = planted
            self.isTracing = isTracing
        }
    }

    /// What came of a seed.
    package struct Outcome: Sendable {
        package var seed: UInt64
        /// What must never happen and did; `nil` if nothing.
        package var violation: String?
        /// What happened, in order, if that was wanted.
        package var trace: [String]
        package var promotions = 0
        package var aborts = 0
        package var events = 0
    }

    /// Whether messages are lost, by direction.
    struct Link {
        var toSite = false
        var fromSite = false
    }

    let options: Options
    let seed: UInt64
    var random: SeededGenerator
    /// Milliseconds since the beginning.
    private(set) var now = 0
    private var events = EventQueue()
    let sites: [SimulatedSite]
    var processes: [SimulatedProcess] = []
    var links: [Int: [Link]] = [:]
    var isQuiet = false
    /// Whether a person changed or deleted records, so that HELD may be the right answer.
    var isTampered = false
    /// When each message was published, and when each operation was announced.
    var published: [Int] = []
    var announcements: [String: Int] = [:]
    /// Operations of which a record was written over a newer one: the write before had not been answered.
    var cameLate: Set<String> = []
    /// Operations that a record says were taken back, and in which epoch.
    var takenBack: [String: Int] = [:]
    var ordered = 0
    var outcome: Outcome

    package init(seed: UInt64, options: Options = Options()) {
        self.seed = seed
        self.options = options
        random = SeededGenerator(seed: seed)
        sites = [SimulatedSite(name: "dc1", index: 0), SimulatedSite(name: "dc2", index: 1)]
        outcome = Outcome(seed: seed, trace: [])
    }

    /// Runs to the end, or to the first violation.
    package func run() -> Outcome {
        sites[0].isPublishing = true
        for index in 0..<random.number(1...3) {
            let process = SimulatedProcess("daemon \(["A", "B", "C"][index])", leads: true, in: self)
            after(random.number(0...3000)) { process.start() }
        }
        scheduleEverySecond()
        scheduleTrouble()
        schedulePublishing()
        after(options.trouble * 1000) { [unowned self] in calm() }
        let end = (options.trouble + options.quiet) * 1000
        // What goes wrong later still is looked for in one seed of eight.
        if seed % 8 == 0 || !isWell(at: end - options.quiet * 500) {
            _ = isWell(at: end)
            if let fault = faultAtEnd() { violate(fault) }
        }
        for process in processes { process.forgetEverything() }
        return outcome
    }

    /// Runs to an instant, or to the first violation.
    ///
    /// - Returns: whether there is nothing more to see.
    private func isWell(at end: Int) -> Bool {
        while outcome.violation == nil, let time = events.nextTime, time <= end, let (_, action) = events.next() {
            now = time
            outcome.events += 1
            action()
        }
        return outcome.violation != nil || faultAtEnd() == nil
    }

    // MARK: Time and words

    func after(_ delay: Int, _ action: @escaping () -> Void) { events.add(at: now + delay, action) }

    func say(_ words: @autoclosure () -> String) {
        guard options.isTracing else { return }
        let seconds = now / 1000
        let fraction = String(1000 + now % 1000).dropFirst()
        outcome.trace.append("\(seconds).\(fraction) s  \(words())")
    }

    func violate(_ words: String) {
        guard outcome.violation == nil else { return }
        say("VIOLATION: \(words)")
        outcome.violation = words
    }

    func plants(_ fault: PlantedFault) -> Bool { options.planted == fault }

    func site(_ name: String) -> SimulatedSite { sites[name == "dc1" ? 0 : 1] }

    func site(other than: SimulatedSite) -> SimulatedSite { sites[1 - than.index] }

    // MARK: Network

    func link(_ process: SimulatedProcess, _ site: SimulatedSite) -> Link {
        links[process.number]?[site.index] ?? Link()
    }

    /// How long a message takes: mostly a few milliseconds, now and then some seconds.
    func delay() -> Int { isQuiet || !random.chance(3) ? random.number(1...15) : random.number(15...4000) }

    /// Carries a request to a site. It is carried out even if nobody waits for its answer any more, or is lost.
    func carry(
        _ process: SimulatedProcess,
        to site: SimulatedSite,
        _ plane: SimulatedSite.Plane,
        after delay: Int,
        refused: @escaping () -> Void,
        arrived: @escaping () -> Void
    ) {
        after(delay) { [unowned self] in
            if site.isDown {
                if random.chance(80), !link(process, site).fromSite { refused() }
                return
            }
            if link(process, site).toSite || !site.answers(plane) {
                // It waits in a buffer, or is lost.
                if random.chance(10) { return }
                carry(process, to: site, plane, after: random.number(300...1500), refused: refused, arrived: arrived)
                return
            }
            arrived()
        }
    }

    /// Carries an answer, or what a site says by itself, to a process.
    func answer(_ process: SimulatedProcess, life: Int, from site: SimulatedSite, _ action: @escaping () -> Void) {
        after(delay()) { [unowned self] in
            if site.isDown || !process.isRunning(life) { return }
            if link(process, site).fromSite {
                if random.chance(20) { return }
                after(random.number(300...1500)) { [unowned self] in
                    answer(process, life: life, from: site, action)
                }
                return
            }
            process.inside(life, action)
        }
    }
}
