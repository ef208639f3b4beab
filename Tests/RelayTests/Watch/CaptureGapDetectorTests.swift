import Foundation
import Relay
import Testing

@Suite("Gaps of a capture")
struct CaptureGapDetectorTests {
    private static let start = Date(timeIntervalSince1970: 1_800_000_000)
    private static let red: CaptureBinding = CaptureBinding(routingKey: "red")
    private static let blue: CaptureBinding = CaptureBinding(routingKey: "blue")

    /// A look that takes half a second, begun so many seconds after the start.
    private static func look(
        _ second: Double,
        _ change: (inout CaptureObservation) -> Void = { _ in }
    ) -> CaptureObservation {
        var seen = CaptureObservation(
            begun: start + second,
            ended: start + second + 0.5,
            wanted: [red],
            present: [red],
            bound: [red],
            capture: QueueSighting(incarnation: "one", messages: 0, bytes: 0, ready: 0, consumers: 1),
            tripwireIncarnation: "wire",
            tripwireLeader: "a",
            byteLimit: 1000,
            relayedBefore: RelayProgress(settled: 0),
            relayed: RelayProgress(settled: 0)
        )
        change(&seen)
        return seen
    }

    private static func detector(known: KnownObjects? = nil) -> CaptureGapDetector {
        CaptureGapDetector(route: "orders", site: "dc1", epoch: 1, known: known)
    }

    /// What is found in looks, one after another.
    private static func found(_ looks: [CaptureObservation], known: KnownObjects? = nil) -> [GapFinding] {
        var detector = detector(known: known)
        return looks.flatMap { detector.note($0) }
    }

    @Test("given looks that find everything as it was, then there is none; nor at a first start")
    func none() {
        let first = Self.look(0) {
            $0.present = []
            $0.capture = nil
        }
        #expect(Self.found([first] + (1..<20).map { Self.look(Double($0)) }).isEmpty)
    }

    @Test("given a capture that is gone, or another, then it is a gap from the look before, with what it held")
    func deleted() throws {
        let held = Self.look(1) { $0.capture?.messages = 100 }
        for other in [nil, "two"] {
            let gone = Self.look(2) { seen in
                seen.capture = other.map { QueueSighting(incarnation: $0) }
                seen.present = []
            }
            let back = Self.look(3) { $0.capture?.incarnation = other ?? "two" }
            let findings = Self.found([Self.look(0), held, gone, back])
            let last = try #require(findings.last)
            #expect(findings.allSatisfy { $0.reason == .captureDeleted && $0.from == held.begun })
            #expect(last.to != nil && last.count == 100)
        }
    }

    @Test("given a capture that was created again while nobody looked, then it is a gap since it was last seen")
    func remadeBetweenRuns() throws {
        let known = KnownObjects(epoch: 1, queue: "one", tripwire: "wire", seen: Self.start - 600)
        let findings = Self.found([Self.look(0) { $0.capture?.incarnation = "two" }], known: known)
        let finding = try #require(findings.last)
        #expect(finding.reason == .captureDeleted && finding.from == Self.start - 600)
        #expect(Self.found([Self.look(0)], known: known).isEmpty)
        // What was not active in between is not compared.
        let earlier = KnownObjects(epoch: 0, queue: "one", seen: Self.start - 600)
        let unknown = Self.found([Self.look(0) { $0.capture?.incarnation = "two" }], known: earlier)
        #expect(unknown.isEmpty)
    }

    @Test("given a binding that came, then it is a gap from the look before until the capture has it too")
    func late() throws {
        let came = Self.look(10) {
            $0.wanted.insert(Self.blue)
            $0.bound.insert(Self.blue)
        }
        let findings = Self.found([Self.look(0), came])
        let finding = try #require(findings.last)
        #expect(finding.reason == .bindingLate && finding.from == Self.start && finding.to == came.ended)
        #expect(finding.detail.contains("'blue'"))
        var harmless = came
        harmless.harmless = [Self.blue]
        #expect(Self.found([Self.look(0), harmless]).isEmpty)
        // One that can't be bound stays open.
        let stuck = Self.look(10) { $0.wanted.insert(Self.blue) }
        let open = Self.found([Self.look(0), stuck, Self.look(11) { $0.wanted.insert(Self.blue) }])
        #expect(open.map(\.to) == [nil])
    }

    @Test("given a binding that came while nobody looked, then it is a gap since the capture was last seen")
    func lateBetweenRuns() throws {
        let known = KnownObjects(epoch: 1, queue: "one", tripwire: "wire", seen: Self.start - 600)
        let came = Self.look(0) {
            $0.wanted.insert(Self.blue)
            $0.bound.insert(Self.blue)
        }
        let findings = Self.found([came], known: known)
        let finding = try #require(findings.last)
        #expect(finding.reason == .bindingLate && finding.from == Self.start - 600)
    }

    @Test("given bindings of the capture that are gone, or an exchange that comes back, then it is a gap")
    func unbound() throws {
        let gone = Self.look(1) { $0.present = [] }
        let findings = Self.found([Self.look(0), gone])
        let finding = try #require(findings.last)
        #expect(finding.reason == .captureUnbound && finding.from == Self.start && finding.to == gone.ended)
        let away = Self.look(1) {
            $0.isExchangeThere = false
            ($0.wanted, $0.present, $0.bound) = ([], [], [])
        }
        let back = Self.look(2) { $0.present = [] }
        let seconds = Self.found([Self.look(0), away, back])
        let second = try #require(seconds.last)
        #expect(second.reason == .exchangeDeleted && second.from == away.begun && second.to == back.ended)
    }

    @Test("given a binding that the exchange lost and the capture keeps, then there is none when it comes back")
    func held() {
        let away = Self.look(1) { $0.wanted = [] }
        #expect(Self.found([Self.look(0), away, Self.look(2)]).isEmpty)
    }

    @Test("given messages that leave while nobody consumes, then they are a gap with their number")
    func purged() throws {
        func waiting(_ second: Double, _ ready: Int) -> CaptureObservation {
            Self.look(second) {
                $0.capture?.ready = ready
                $0.capture?.consumers = 0
            }
        }
        let findings = Self.found([waiting(0, 0), waiting(1, 120), waiting(2, 20), waiting(3, 20)])
        let finding = try #require(findings.last)
        #expect(finding.reason == .captureThinned && finding.count == 100)
        // A quorum queue may say 0 for a moment.
        #expect(Self.found([waiting(0, 120), waiting(1, 0), waiting(2, 120), waiting(3, 0), waiting(4, 120)]).isEmpty)
    }

    @Test(
        "given a relay that consumes between two looks, at neither of which anybody does, then what it took is no gap"
    )
    func relayedBetweenLooks() {
        let looks = (0..<4).map { second in
            Self.look(Double(second)) {
                $0.capture?.ready = second == 0 ? 120 : 0
                $0.capture?.consumers = 0
                $0.relayedBefore = RelayProgress(settled: second == 0 ? 0 : 120)
                $0.relayed = $0.relayedBefore
            }
        }
        #expect(Self.found(looks).isEmpty)
    }

    @Test("given a relay that begins and ends between two looks, then it is no gap what it took")
    func relayBetweenLooks() {
        func look(_ second: Double, ready: Int, relays: Int) -> CaptureObservation {
            Self.look(second) {
                $0.capture?.ready = ready
                $0.capture?.consumers = 0
                $0.relaysMade = relays
            }
        }
        let looks = [look(0, ready: 2, relays: 1), look(1, ready: 0, relays: 2), look(2, ready: 0, relays: 2)]
        #expect(Self.found(looks).isEmpty)
        let more = [look(3, ready: 5, relays: 2), look(4, ready: 1, relays: 2), look(5, ready: 1, relays: 2)]
        #expect(Self.found(looks + more).map(\.count) == [4])
    }

    @Test("given messages that the relay takes, then there is none, however late the statistics are")
    func relayed() {
        var looks: [CaptureObservation] = []
        for second in 0..<120 {
            looks.append(
                Self.look(Double(second)) {
                    // 500 wait; 50 a second are settled for 10 s, and the statistics never tell of it.
                    let settled = min(500, max(0, second - 20) * 50)
                    $0.relayedBefore = RelayProgress(settled: settled, window: 4096)
                    $0.relayed = $0.relayedBefore
                    $0.capture?.ready = 500 - settled
                    $0.capture?.messages = 500
                }
            )
        }
        #expect(Self.found(looks).isEmpty)
    }

    @Test("given messages that are nowhere, then it is a gap once nothing can be on its way to the relay any more")
    func onTheWay() {
        func look(_ second: Double, ready: Int, settled: Int, isDrained: Bool = false) -> CaptureObservation {
            Self.look(second) {
                $0.relayedBefore = RelayProgress(settled: settled, window: 4096)
                $0.relayed = $0.relayedBefore
                $0.capture?.ready = ready
                $0.isDrained = isDrained
            }
        }
        let before = look(0, ready: 300, settled: 7)
        #expect(Self.found([before] + (1..<40).map { look(Double($0), ready: 0, settled: 7) }).isEmpty)
        #expect(Self.found([before] + (1..<60).map { look(Double($0), ready: 0, settled: 7) }).map(\.count) == [300])
        // The relay gets on: a link may be slow.
        #expect(Self.found([before] + (1..<99).map { look(Double($0), ready: 0, settled: 7 + $0) }).isEmpty)
        #expect(Self.found([before, look(1, ready: 0, settled: 7, isDrained: true)]).map(\.count) == [300])
    }

    @Test("given a backlog behind a relay that holds all it may, when it is purged, then one look tells of it")
    func purgedBehindRelay() {
        func look(_ second: Double, ready: Int, unsettled: Int, settled: Int = 0) -> CaptureObservation {
            let progress = RelayProgress(settled: settled, unsettled: unsettled, window: 4096)
            return Self.look(second) {
                $0.relayedBefore = progress
                $0.relayed = progress
                $0.capture?.messages = nil
                $0.capture?.ready = ready
            }
        }
        let held = look(0, ready: 3804, unsettled: 4096)
        let purged = Self.found([held, look(1, ready: 0, unsettled: 4096)])
        #expect(purged.map(\.reason) == [.captureThinned] && purged.map(\.count) == [3804])
        // The relay goes on, and all that was ready is on its way to it.
        #expect(Self.found([held, look(1, ready: 0, unsettled: 3804, settled: 4096)]).isEmpty)
        #expect(Self.found([held, look(1, ready: 0, unsettled: 0, settled: 4096)]).isEmpty)
        // Its connection is lost: nobody knows how much is on its way back.
        #expect(Self.found([held, look(1, ready: 3804, unsettled: 0), look(2, ready: 7900, unsettled: 0)]).isEmpty)
    }

    @Test("given somebody who consumes, and somebody's policy, then it is a gap for as long as that lasts")
    func others() throws {
        let read = Self.look(1) { $0.capture?.foreignConsumer = "consumer 'x'" }
        let reading = Self.found([Self.look(0), read, Self.look(2)])
        #expect(reading.map(\.reason) == [.captureRead, .captureRead])
        #expect(reading.map(\.to) == [nil, Self.start + 2.5])
        let policy = Self.found([Self.look(0), Self.look(1) { $0.harm = "ttl" }, Self.look(2)])
        #expect(policy.map(\.reason) == [.capturePolicy, .capturePolicy])
    }

    @Test("given a tripwire that is tripped, then it is a gap since the first drop, until it is set up again")
    func tripped() {
        let tripped = Self.look(1) { $0.tripwire = .tripped(since: Self.start - 3) }
        let findings = Self.found([Self.look(0), tripped, tripped, Self.look(3)])
        #expect(findings.map(\.reason) == [.captureLimit, .captureLimit])
        #expect(findings.map(\.from) == [Self.start - 3, Self.start - 3])
        #expect(findings.map(\.to) == [nil, Self.start + 3.5])
    }

    @Test(
        "given a tripwire that another node leads now, then it is a gap if the capture turns out to be near its limit"
    )
    func tripwireMoved() throws {
        // Whether it is near its limit is told some looks later.
        func moved(fullFrom second: Int, _ bytes: Int) -> [CaptureObservation] {
            [Self.look(0), Self.look(1)]
                + (2..<30).map { number in
                    Self.look(Double(number)) {
                        $0.tripwireLeader = "b"
                        $0.capture?.bytes = number >= second ? bytes : 0
                    }
                }
        }
        let findings = Self.found(moved(fullFrom: 6, 900))
        #expect(findings.allSatisfy { $0.reason == .tripwireLost && $0.from == Self.start + 1 })
        #expect(findings.last?.to == Self.start + 6.5)
        // Not if it is never that full, nor if that is much later
        #expect(Self.found(moved(fullFrom: 2, 400)).isEmpty)
        #expect(Self.found(moved(fullFrom: 20, 900)).isEmpty)
    }

    @Test(
        "given looks that don't look at the tripwire's way, then one that finds it cut counts what was full meanwhile"
    )
    func wireCheckedSeldom() {
        func unchecked(_ second: Double, bytes: Int) -> CaptureObservation {
            Self.look(second) {
                $0.isWireChecked = false
                $0.capture?.bytes = bytes
            }
        }
        func cut(bytes: Int) -> [CaptureObservation] {
            [Self.look(0), unchecked(1, bytes: bytes), unchecked(2, bytes: 0)]
                + [Self.look(3) { $0.tripwire = .unreachable }]
        }
        let findings = Self.found(cut(bytes: 900))
        #expect(findings.map(\.reason) == [.tripwireLost] && findings.first?.from == Self.start)
        #expect(Self.found(cut(bytes: 400)).isEmpty)
    }

    @Test("given a tripwire that was lost for a moment, then a size that is told late still makes a gap of it")
    func sizeToldLate() {
        func looks(full second: Double) -> [CaptureObservation] {
            [Self.look(0), Self.look(1) { $0.tripwire = .unreachable }, Self.look(2)]
                + [Self.look(second) { $0.capture?.bytes = 900 }]
        }
        let findings = Self.found(looks(full: 6))
        #expect(!findings.isEmpty && findings.allSatisfy { $0.reason == .tripwireLost && $0.from == Self.start })
        #expect(Self.found(looks(full: 40)).isEmpty)
    }

    @Test(
        "given a node that stops, so that the tripwire is silent and the size unknown, then room for seconds is no gap"
    )
    func sizeUnknown() {
        func silent(_ second: Double, limit: Int) -> CaptureObservation {
            Self.look(second) {
                $0.tripwire = .unreachable
                $0.capture?.bytes = nil
                $0.byteLimit = limit
            }
        }
        func back(_ second: Double, limit: Int) -> CaptureObservation { Self.look(second) { $0.byteLimit = limit } }
        let large = 10_000_000_000
        #expect(
            Self.found([Self.look(0), silent(1, limit: large), silent(3, limit: large), back(5, limit: large)]).isEmpty
        )
        // More than half of the limit may have come.
        #expect(
            Self.found([Self.look(0), silent(1, limit: large), silent(40, limit: large)]).map(\.reason) == [
                .tripwireLost
            ]
        )
        #expect(Self.found([Self.look(0), silent(1, limit: 1_000_000_000)]).map(\.reason) == [.tripwireLost])
    }

    @Test("given a tripwire that does not answer, then it is a gap exactly if the capture may have come to its limit")
    func tripwireAway() throws {
        func away(_ second: Double, bytes: Int?) -> CaptureObservation {
            Self.look(second) {
                $0.tripwire = .unreachable
                $0.capture?.bytes = bytes
            }
        }
        #expect(Self.found([Self.look(0), away(1, bytes: 10), away(2, bytes: 20), Self.look(3)]).isEmpty)
        for bytes in [nil, 900] {
            let findings = Self.found([Self.look(0), away(1, bytes: bytes), Self.look(2)])
            let last = try #require(findings.last)
            #expect(last.reason == .tripwireLost && last.from == Self.start && last.to == Self.start + 2.5)
        }
        let other = Self.found([Self.look(0), Self.look(1) { $0.tripwireIncarnation = "other" }])
        #expect(other.map(\.reason) == [.tripwireLost])
    }

    @Test("given a tripwire that somebody cut, then it is a gap unless the capture had more room than can be filled")
    func wireCut() throws {
        func looks(limit: Int) -> [CaptureObservation] {
            func look(_ second: Double, _ change: (inout CaptureObservation) -> Void = { _ in }) -> CaptureObservation {
                Self.look(second) {
                    $0.byteLimit = limit
                    $0.wayIncarnation = "way"
                    change(&$0)
                }
            }
            return [
                look(0), look(1) { $0.isWireChecked = false }, look(5) { $0.tripwire = .broken("gone") },
                look(6) { $0.wayIncarnation = "other" },
            ]
        }
        let findings = Self.found(looks(limit: 1000))
        let last = try #require(findings.last)
        #expect(findings.allSatisfy { $0.reason == .tripwireLost && $0.from == Self.start })
        #expect(last.to == Self.start + 6.5 && last.detail.contains("gone"))
        #expect(Self.found(looks(limit: 10_000_000_000)).isEmpty)
        // One that stays cut is told of once the capture may have been filled.
        let cut = [Self.look(0), Self.look(5), Self.look(60)].enumerated().map { index, look in
            var look = look
            look.byteLimit = 10_000_000_000
            if index > 0 { look.tripwire = .broken("somebody consumes from it") }
            return look
        }
        #expect(Self.found(cut).map(\.reason) == [.tripwireLost])
    }

    @Test("given a tripwire that was cut while nobody looked, then it is a gap since it was last seen")
    func wireCutBetweenRuns() {
        let known = KnownObjects(epoch: 1, queue: "one", tripwire: "wire", way: "way", seen: Self.start - 600)
        let cut = Self.look(0) { $0.tripwire = .broken("gone") }
        #expect(Self.found([cut], known: known).map(\.from) == [Self.start - 600])
        let other = Self.look(0) { $0.wayIncarnation = "other" }
        #expect(Self.found([other], known: known).first?.from == Self.start - 600)
        #expect(Self.found([Self.look(0) { $0.wayIncarnation = "way" }], known: known).isEmpty)
    }

    @Test("given a tripwire that was deleted, and is another after a look that found none, then it is a gap")
    func wireRemadeLater() {
        let gone = Self.look(1) {
            $0.tripwire = .broken("it is not there")
            $0.tripwireIncarnation = nil
            $0.byteLimit = 100_000_000_000
        }
        let remade = Self.look(2) { $0.tripwireIncarnation = "other" }
        #expect(Self.found([Self.look(0), gone, remade]).map(\.reason).first == .tripwireLost)
    }

    @Test("given somebody who takes what the tripwire holds, then it is a gap, but not what is counted from 0 again")
    func wireTaken() {
        func looks(_ taken: Int?...) -> [CaptureObservation] {
            taken.enumerated().map { second, taken in Self.look(Double(second)) { $0.takenFromWire = taken } }
        }
        #expect(Self.found(looks(0, 0, 1)).map(\.reason).first == .tripwireLost)
        #expect(Self.found(looks(2, nil, 2, 0, 0)).isEmpty)
    }
}
