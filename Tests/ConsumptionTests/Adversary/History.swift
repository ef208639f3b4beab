@testable import Consumption

/// What goes on in one seed: which queue, who publishes and consumes, what goes wrong. Numbers are thousandths a second.
struct History {
    enum Kind: CaseIterable { case classic, quorumLimited, quorumUnlimited }

    var kind = Kind.classic
    var version = 4
    var machineVersion = 3
    var seconds = 320
    /// Highest number of messages that come in a second.
    var rate = 3
    var burst = 20
    var publishesFrom = 0
    var publishesUntil = Int.max
    /// Seconds between two looks at the bindings.
    var looksEvery = 2
    /// Seconds that a message takes at most to the capture and to the queue.
    var way = 0
    var direct = 0
    var otherRoute = 0
    var uncertain = 0
    var elsewhere = 100
    var transient = 0
    var untimed = 0
    var publisherClock = 0
    var high = 0
    var declaresPriorities = false
    var expiring = 0
    var lengthLimit: Int?
    var refuses = false
    var deadLetters = false
    var processingLimit: Int?

    var channels = 2
    var prefetch = 5
    var acknowledges = 500
    var outOfOrder = 0
    var holds = 0
    var nacks = 0
    var rejects = 0
    var deaths = 0
    var cancels = 0
    var fetches = 0
    var waitsForConsumers = 0
    /// Seconds in which nobody takes anything.
    var pauses = 0
    /// Channels that need not acknowledge.
    var automatic = 0
    var consumesUntil = Int.max

    var purges = 0
    var restarts = 0
    var leaderChanges = 0
    var redeclarations = 0
    var tellsIncarnation = true
    var unbindings = 0
    var pages = 0
    var passiveTimeouts = 0
    var missingRows = 0
    var stuckLeaders = 0
    var unconfirmedLosses = 10

    var relayStalls = 0
    var relayRate = 1000
    var sourceLosses = 0
    var reconnects = 0
    var processRestarts = 0
    var clockJumps = 0
    var confirmDelay = 1
    var sampleEvery = 5
    var answerTakes = 0
    var declaresFirst = false
    /// Seconds between two lists of the channels, and how long they take.
    var listsEvery = 5
    var listTakes = 0
    /// Lists without the channels, and looks without the publishers, of one node.
    var missingNodes = 0
    /// Looks that are told nothing of a quorum queue's log.
    var looksWithoutLog = 0

    /// Everything at random; each trouble in some seeds only.
    init(seed: UInt64) {
        var random = Generator(seed: seed &* 7919 &+ 17)
        func some(_ percent: Int, _ highest: Int) -> Int { random.upTo(99) < percent ? random.upTo(highest) : 0 }
        kind = Kind.allCases[random.upTo(2)]
        version = random.upTo(2) == 0 ? 3 : 4
        machineVersion = random.upTo(5) == 0 ? 8 : 3
        seconds = 200 + random.upTo(250)
        rate = 1 + random.upTo(4)
        burst = some(50, 60)
        way = some(50, 4)
        direct = some(30, 400)
        otherRoute = some(20, 300)
        uncertain = some(30, 500)
        elsewhere = some(50, 500)
        transient = some(40, 900)
        untimed = some(30, 30)
        publisherClock = some(40, 40)
        high = some(15, 300)
        declaresPriorities = kind == .classic && high > 0
        expiring = some(25, 500)
        lengthLimit = random.upTo(9) == 0 ? 5 + random.upTo(40) : nil
        refuses = lengthLimit != nil && random.upTo(1) == 0
        deadLetters = random.upTo(7) == 0
        processingLimit = random.upTo(1) == 0 ? 20 + random.upTo(40) : nil
        channels = 1 + random.upTo(3)
        prefetch = 1 + random.upTo(random.upTo(1) == 0 ? 3 : 30)
        acknowledges = [100, 300, 600, 900, 1000][random.upTo(4)]
        outOfOrder = some(50, 1000)
        holds = some(40, 30)
        nacks = some(35, 60)
        rejects = some(20, 60)
        deaths = some(35, 30)
        cancels = some(25, 20)
        fetches = some(25, 200)
        waitsForConsumers = some(40, 100)
        pauses = some(40, 900)
        automatic = some(25, 1000)
        consumesUntil = random.upTo(3) == 0 ? random.upTo(seconds) : .max
        purges = some(15, 10)
        restarts = some(20, 15)
        leaderChanges = some(20, 15)
        redeclarations = some(15, 10)
        tellsIncarnation = random.upTo(1) == 0
        unbindings = some(20, 20)
        pages = some(30, 500)
        passiveTimeouts = some(30, 200)
        relayStalls = some(35, 30)
        relayRate = random.upTo(3) == 0 ? 1 + random.upTo(8) : 1000
        sourceLosses = some(25, 20)
        reconnects = some(50, 40)
        missingRows = some(30, 30)
        stuckLeaders = some(20, 15)
        processRestarts = some(20, 8)
        clockJumps = some(20, 15)
        publishesFrom = some(30, 100)
        looksEvery = 1 + some(50, 20)
        publishesUntil = random.upTo(3) == 0 ? random.upTo(seconds) : .max
        confirmDelay = random.upTo(3)
        sampleEvery = 3 + random.upTo(6)
        answerTakes = some(50, 3)
        declaresFirst = random.upTo(1) == 0
        if random.upTo(3) == 0 { answerTakes = random.upTo(12) }
        listsEvery = 2 + random.upTo(12)
        listTakes = some(50, 4)
        missingNodes = some(20, 30)
        looksWithoutLog = some(40, 900)
    }

    /// A queue with consumers that behave.
    init(wellBehaved kind: Kind, version: Int = 4) {
        self.kind = kind
        self.version = version
        seconds = 600
        rate = 20
        burst = 0
        channels = 3
        prefetch = 10
        acknowledges = 700
        declaresFirst = true
    }

    /// Mostly quiet, but for what a condition is there for.
    init(seed: UInt64, against fault: PlantedFault) {
        self.init(seed: seed)
        var random = Generator(seed: seed &* 104_729 &+ 3)
        guard random.upTo(4) > 0 else { return }
        calm(&random)
        switch fault {
        case .order:
            kind = .classic
            way = 4
            rate = 6
            relayRate = 1 + random.upTo(3)
            (publishesFrom, publishesUntil) = (60, 120 + random.upTo(60))
            (elsewhere, burst, acknowledges, outOfOrder) = (0, 5, 200, 800)
            (prefetch, channels, sampleEvery) = (4 + random.upTo(20), 2, 2)
        case .arrivals:
            deep(&random)
            (kind, elsewhere) = (.classic, 300)
        case .messagePriorities:
            deep(&random)
            kind = .quorumLimited
            high = 100 + random.upTo(700)
        case .priorities:
            (kind, declaresPriorities) = (.classic, true)
            high = 100 + random.upTo(700)
        case .refusals:
            deep(&random)
            (refuses, lengthLimit) = (true, 10 + random.upTo(20))
        case .calm:
            (kind, restarts, machineVersion) = (.quorumLimited, 30, 3)
        case .restarts:
            deep(&random)
            (kind, restarts, transient) = (.classic, 20, 500)
        case .leaders:
            deep(&random)
            (kind, leaderChanges, rate, burst) = (.quorumLimited, 60, 0, 10 + random.upTo(30))
        case .passive:
            (missingRows, acknowledges, burst) = (60, 200, 3)
        case .secondLook:
            (missingRows, acknowledges, burst, rate) = (60, 60, 0, 2)
            (prefetch, machineVersion) = (50, 8)
        case .consumerToVouch:
            if kind == .classic { kind = .quorumLimited }
            (stuckLeaders, machineVersion) = (30, 8)
        case .readyInMemory, .unacknowledgedInMemory:
            (kind, pages, deaths, outOfOrder) = (.classic, 600, 60, 500)
            (prefetch, channels, acknowledges, holds) = (2 + random.upTo(4), 3, 150, 30)
            (rate, elsewhere, burst) = (4, 0, 10)
            publishesFrom = 60
            if fault == .readyInMemory { pauses = 600 }
        case .unconfirmedLoss:
            deep(&random)
            (kind, version, unconfirmedLosses) = (.quorumLimited, 3, 400)
            (rate, burst) = (0, 5 + random.upTo(10))
        case .requeuesToBack:
            (kind, nacks) = (.quorumUnlimited, 60)
        case .deliveriesSince:
            deep(&random)
            (kind, nacks, outOfOrder) = (.quorumUnlimited, 3, 500)
        case .redeliveries:
            (nacks, deaths, outOfOrder) = (30, 30, 500)
            machineVersion = 8
        case .otherFeeds, .untimed:
            kind = .classic
            direct = fault == .otherFeeds ? 300 : 0
            untimed = fault == .untimed ? 100 : 0
            (outOfOrder, holds) = (500, 50)
        case .channelsAreConsumers:
            (cancels, fetches, holds, outOfOrder) = (40, 200, 50, 1000)
        case .channelsIdle, .processingLimit, .lateness, .deadLetters, .machineVersion:
            (outOfOrder, holds, rejects) = (800, 50, 20)
            deadLetters = fault == .deadLetters
            machineVersion = fault == .machineVersion ? 8 : 3
        }
    }

    private mutating func calm(_ random: inout Generator) {
        let kind = kind
        let version = version
        self = History(wellBehaved: kind, version: version)
        seconds = 300
        rate = 3
        burst = 30
        sampleEvery = 3
        prefetch = 1 + random.upTo(6)
        acknowledges = 300 + random.upTo(700)
        waitsForConsumers = random.upTo(1) * 50
        processingLimit = random.upTo(1) == 0 ? 30 : nil
    }

    /// The queue is deep, and its consumers are idle now and then: what is counted matters.
    private mutating func deep(_ random: inout Generator) {
        (rate, elsewhere, machineVersion, version) = (6, 0, 8, 4)
        (prefetch, acknowledges, channels) = (1 + random.upTo(4), 1000, 1 + random.upTo(2))
        pauses = 400 + random.upTo(500)
        automatic = random.upTo(1) * 500
        untimed = 500
        publishesFrom = 60
        publishesUntil = 150 + random.upTo(200)
        seconds = 400
    }
}
