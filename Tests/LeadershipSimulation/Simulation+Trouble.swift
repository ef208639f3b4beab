import Leadership

extension Simulation {
    /// Things go wrong, and operators order promotions, every few seconds.
    func scheduleTrouble() {
        after(random.number(500...9000)) { [unowned self] in
            guard !isQuiet else { return }
            trouble()
            scheduleTrouble()
        }
    }

    private func trouble() {
        switch random.number(0...99) {
        case 0..<28: operatorActs()
        case 28..<40: cutLink()
        case 40..<52: freezeSomebody()
        case 52..<60: killSomebody()
        case 60..<68: loseNode()
        case 68..<74: hang(\.isManagementHung, "management hangs")
        case 74..<80: hang(\.isAMQPHung, "AMQP hangs")
        case 80..<86: hang(\.hasAlarm, "memory alarm")
        case 86..<90: stepClock()
        case 90..<92 where seed % 4 == 0: tamper()
        default: break
        }
    }

    /// Now and then it happens at the worst moment: right before a process writes.
    func troubleNow(_ process: SimulatedProcess, _ site: SimulatedSite) {
        guard !isQuiet else { return }
        switch random.number(0...199) {
        case 0: cutLink(process, site)
        case 1: freeze(process)
        case 2: hang(site, \.isManagementHung, "management hangs")
        default: break
        }
    }

    private func hang(_ part: ReferenceWritableKeyPath<SimulatedSite, Bool>, _ what: String) {
        hang(sites[random.number(0...1)], part, what)
    }

    private func hang(_ site: SimulatedSite, _ part: ReferenceWritableKeyPath<SimulatedSite, Bool>, _ what: String) {
        guard !site[keyPath: part] else { return }
        say("\(site.name): \(what)")
        site[keyPath: part] = true
        after(random.number(1000...40_000)) { [unowned self] in
            if !isQuiet { say("\(site.name): over: \(what)") }
            site[keyPath: part] = false
        }
    }

    private func loseNode() {
        let site = sites[random.number(0...1)]
        guard !site.isDown else { return }
        say("\(site.name) is down")
        site.isDown = true
        for connection in site.lockConnections { connection.isOpenAtBroker = false }
        site.lockConnections = []
        after(random.number(500...60_000)) { [unowned self] in bringUp(site) }
    }

    private func bringUp(_ site: SimulatedSite) {
        guard site.isDown else { return }
        say("\(site.name) is up")
        site.isDown = false
    }

    private func cutLink() {
        guard let process = random.pick(processes.filter(\.isAlive)) else { return }
        cutLink(process, sites[random.number(0...1)])
    }

    private func cutLink(_ process: SimulatedProcess, _ site: SimulatedSite) {
        let directions = random.number(0...3)
        let link = Link(toSite: directions != 0, fromSite: directions != 1)
        let way = directions == 0 ? "from" : directions == 1 ? "to" : "to and from"
        say("nothing gets through \(way) \(site.name) for \(process.name)")
        links[process.number]?[site.index] = link
        after(random.number(1000...60_000)) { [unowned self] in
            if !isQuiet { say("\(process.name) and \(site.name) hear each other") }
            links[process.number]?[site.index] = Link()
        }
    }

    private func freezeSomebody() {
        guard let process = random.pick(processes.filter { $0.isAlive && !$0.isFrozen }) else { return }
        freeze(process)
    }

    private func freeze(_ process: SimulatedProcess) {
        process.freeze()
        let life = process.life
        after(random.number(200...60_000)) { if process.isRunning(life) { process.thaw() } }
    }

    private func killSomebody() {
        guard let process = random.pick(processes.filter(\.isAlive)) else { return }
        process.kill()
        guard process.leads else { return }
        after(random.number(500...20_000)) { process.start() }
    }

    private func stepClock() {
        guard let process = random.pick(processes) else { return }
        process.clockOffset = Double(random.number(-5000...5000))
        say("the clock of \(process.name) is off by \(Int(process.clockOffset)) s")
    }

    /// Somebody deletes records, or imports old definitions.
    private func tamper() {
        isTampered = true
        let hit = random.chance(40) ? sites : [sites[random.number(0...1)]]
        for site in hit {
            let before = counting(site.records)
            if random.chance(50) {
                say("\(site.name): somebody deletes its records")
                site.records = [:]
            } else if let highest = site.records.keys.max(), site.records.count > 1 {
                say("\(site.name): somebody brings an older state of its records back")
                site.records[highest] = nil
            }
            site.highestEpoch = counting(site.records)?.epoch ?? 0
            noteStatements(of: site, before: before)
        }
    }

    // MARK: Operators and applications

    private func operatorActs() {
        let isCommand = random.chance(40) && processes.count < 7
        let living = processes.filter { $0.isAlive && $0.leads }
        guard
            let process = isCommand
                ? SimulatedProcess("command \(processes.count)", leads: false, in: self)
                : random.pick(living)
        else { return }
        process.start()
        switch random.number(0...99) {
        case 0..<78:
            ordered += 1
            let site = sites[random.number(0...1)]
            let isForced = random.chance(40)
            let order = PromotionOrder(
                id: "op\(ordered)",
                site: site.name,
                kind: isForced ? .forced : .planned,
                timeout: .seconds(random.number(5...60)),
                isDryRun: random.chance(8)
            )
            if !isForced, random.chance(85) { self.site(other: site).isPublishing = false }
            process.errand = isCommand ? order.id : nil
            process.waiting.insert(order.id)
            process.later(1) { process.feed(.promote(order)) }
        case 78..<92 where true:
            ordered += 1
            let request = "abort\(ordered)"
            process.errand = isCommand ? request : nil
            process.waiting.insert(request)
            process.later(1) { process.feed(.abort(request: request)) }
        default:
            process.later(1) { process.feed(isCommand ? .stop : .renew) }
        }
    }

    func schedulePublishing() {
        after(random.number(500...2000)) { [unowned self] in
            for site in sites where site.isPublishing && site.capture.exists && !site.isDown && !site.hasAlarm {
                site.capture.messages.append(published.count)
                published.append(now)
            }
            if now < (options.trouble + options.quiet / 4) * 1000 { schedulePublishing() }
        }
    }

    /// Applications move to a site that was promoted.
    func applicationsFollow(_ end: OperationEnd) {
        let promoted = site(end.site)
        promoted.isPublishing = true
        let other = site(other: promoted)
        after(random.number(0...20_000)) { other.isPublishing = false }
    }

    /// Applications publish again after a promotion was taken back.
    func applicationsReturn(_ end: OperationEnd) {
        let origin = site(other: site(end.site))
        if random.chance(80) { origin.isPublishing = true }
    }

    // MARK: Calm

    /// Nothing goes wrong any more.
    func calm() {
        say("from here on nothing goes wrong")
        isQuiet = true
        for site in sites {
            bringUp(site)
            site.isManagementHung = false
            site.isAMQPHung = false
            site.hasAlarm = false
        }
        for process in processes {
            links[process.number] = [Link(), Link()]
            process.thaw()
        }
        if let first = processes.first(where: \.leads) { first.start() }
    }

    func scheduleEverySecond() {
        after(1000) { [unowned self] in
            beat()
            checkAlways()
            scheduleEverySecond()
        }
    }
}
