import ControlModel
import ErrorCodes
import Testing

@testable import ropeway

@Suite("Texts for people")
struct TextTests {
    @Test("Given a pair that runs, when its status is shown, then it is one screen")
    func status() {
        let expected = """
            PAIR orders-dr   PROTECTED   active dc1   standby dc2   epoch 1   open
            Lag now       57 messages, 0.41 s
            If promoted now (forced): loses 0 to 57 from the last 0.41 s; repeats 120 to 1,300
            Site dc1  healthy  RabbitMQ 3.10.8
            Site dc2  unknown  version unknown

            ROUTE   DIRECTION   STATE       LAG  MESSAGES   IN/s  OUT/s  IN FLIGHT  RETAINED      SIZE  COVERAGE  QUARANTINED
            orders  dc1_to_dc2  running  0.41 s        57  4,102  4,101         57   882,319  225.9 MB    55m48s            0

            SHOVEL  FROM                              TO         STATE       SINCE       IN/s    OUT/s  IN FLIGHT    MOVED  QUARANTINED  REMAINING
            audit   dc1 exchange orders, key audit.#  dc2 audit  connecting  unknown  unknown  unknown    unknown  unknown      unknown  1,200 messages

            route orders publishes to its store over AMQP: destination: refused
            """
        #expect(StatusText(report: Samples.status, style: .plain).text == expected)
    }

    @Test("Given a lost site, when the status is shown, then old numbers say since when they are unknown")
    func lost() {
        let text = StatusText(report: Samples.lost, style: .plain).text
        #expect(text.contains("UNKNOWN"))
        #expect(
            text.contains("Lag now       unknown since 2026-12-01 10:00:00Z - last known 57 messages, 0.41 s")
        )
        #expect(text.contains("If promoted now (forced): loses 0 to 57 from the last 0.41 s; repeats 120 to 1,300"))
        #expect(text.contains("as of 2026-12-01 10:00:00Z, when the link was lost, on evidence that was 0.50 s old"))
        #expect(
            text.contains(
                """
                site dc1: nothing listens at 127.0.0.1:15672 [connection-refused since 2026-12-01 10:00:00Z]
                  -> start the broker
                """
            )
        )
        #expect(!text.contains(" 0 messages"))
    }

    @Test("Given ends that are not known, when a forecast is shown, then they are unknown with the reason, never 0")
    func unknownForecast() {
        var report = Samples.status
        report.forecast = ForecastReport(
            loss: .unknown("no daemon that relays was asked"),
            repeats: RepeatsReport(low: 0, high: nil, lowReason: "a", highReason: "nobody looks"),
            held: "how many messages would be lost is not known"
        )
        let text = StatusText(report: report, style: .plain).text
        #expect(text.contains("If promoted now (forced): loses unknown, of unknown age; repeats 0 to unknown"))
        #expect(text.contains("  lost: no daemon that relays was asked\n  repeats: nobody looks\n"))
        #expect(text.contains("  held without --accept-loss: how many messages would be lost is not known"))
    }

    @Test(
        "Given a forced promotion in the history, when it is shown, then what was forecast stands beside what was lost"
    )
    func forecastInHistory() {
        var entry = HistoryEntry(id: "p-2", kind: "forced", site: "dc2", epoch: 2, state: .done)
        entry.forecast = ForecastReport(loss: Samples.loss, repeats: Samples.repeats)
        entry.consent = ConsentReport(messages: 100, who: "ann@console", given: Samples.date)
        let unknown = HistoryText(history: [entry], style: .plain).text
        #expect(
            unknown.contains("epoch 2: forecast: loses 0 to 57 from the last 0.41 s; repeats 120 to 1,300; what was")
        )
        entry.lost = LostReport(messages: 12, seen: Samples.date)
        let known = HistoryText(history: [entry], style: .plain).text
        #expect(known.contains("1,300; really lost 12; ann@console accepted to lose up to 100 messages at 2026-12-01"))
    }

    @Test("Given what is paused, when the status is shown, then it says since when and by whom")
    func paused() {
        var report = Samples.status
        report.shovels[0].paused = OperatorPauseReport(since: Samples.date, by: "ann@console")
        let text = StatusText(report: report, style: .plain).text
        #expect(text.contains("shovel audit is paused since 2026-12-01 10:00:00Z by ann@console"), "\(text)")
    }

    @Test("Given a pair of which nothing is known, when the status is shown, then nothing reads as 0")
    func nothingKnown() {
        let report = StatusReport(
            pair: "a",
            active: nil,
            standby: nil,
            epoch: nil,
            protection: .unknown,
            routes: [RouteReport(name: "r", exchange: "x", direction: nil, state: .connecting)]
        )
        let text = StatusText(report: report, style: .plain).text
        #expect(text.contains("active unknown   standby unknown   epoch unknown"))
        #expect(!text.contains("0"))
    }

    @Test("Given routes, when the lag is shown, then it is a small table")
    func lag() {
        let expected = """
            ROUTE   STATE       LAG  MESSAGES  LOSS IF PROMOTED NOW  EVIDENCE
            orders  running  0.41 s        57               0 to 57  of 2026-12-01 10:00:00Z
            """
        #expect(LagText(routes: [Samples.route], style: .plain).text == expected)
        let lost = LagText(routes: Samples.lost.routes, style: .plain).text
        #expect(lost.contains("unknown since 2026-12-01 10:00:00Z, last 57 messages, 0.41 s"))
        #expect(LagText(routes: [], style: .plain).text == "the pair has no routes")
    }

    @Test("Given routes, when the lag is watched, then a look is a line, and what is not known is no 0")
    func lagLine() {
        var paused = Samples.route
        paused.name = "audit"
        paused.state = .paused
        let line = LagLine(routes: [Samples.route, paused], now: Samples.date).text
        #expect(line == "2026-12-01 10:00:00Z  orders 0.41 s, 57 messages  audit paused 0.41 s, 57 messages")
        let lost = LagLine(routes: Samples.lost.routes, now: Samples.date).text
        #expect(lost == "2026-12-01 10:00:00Z  orders connecting unknown")
        #expect(LagLine(routes: [], now: Samples.date).text == "2026-12-01 10:00:00Z  the pair has no routes")
    }

    @Test("Given findings, when they are shown, then hints stand below what isn't right")
    func check() {
        let report = CheckReport(
            pair: "orders-dr",
            findings: [
                CheckFinding(.ok, code: .configuration, message: "the configuration is valid", hint: "unused"),
                CheckFinding(.warn, word: "capture-type", subject: "route orders", message: "risky", hint: "choose"),
                CheckFinding(.fail, word: "permissions", subject: "dc2", message: "no write", hint: "grant it"),
            ]
        )
        let expected = """
            [OK  ] configuration  the configuration is valid
            [WARN] capture-type  route orders: risky
                     -> choose
            [FAIL] permissions  dc2: no write
                     -> grant it
            orders-dr is not ready: 1 failed, 1 warning, 1 ok
            """
        #expect(CheckText(report: report, style: .plain).text == expected)
    }

    @Test("Given past operations, when they are shown, then they are a table")
    func history() {
        var entry = HistoryEntry(
            id: "p-2",
            kind: "forced",
            site: "dc2",
            epoch: 2,
            state: .incomplete,
            started: Samples.date,
            seconds: 75,
            replayed: 1_000,
            quarantined: 4,
            error: ErrorReport(code: .destinationLost, message: "m", hint: "h")
        )
        let expected = """
            EPOCH  STARTED               OPERATION         SITE  STATE        TOOK  REPLAYED  REPEATS <=  EXPIRED  QUARANTINED  PAUSE >=  ERROR
                2  2026-12-01 10:00:00Z  forced promotion  dc2   incomplete  1m15s     1,000     unknown  unknown            4    3.00 s  destination-lost
            """
        entry.pause = Samples.pause
        #expect(HistoryText(history: [entry], style: .plain).text == expected)
        #expect(HistoryText(history: [], style: .plain).text == "no operation has been recorded")
    }

    @Test("Given an operation, when its end is shown, then it says what happened")
    func operation() {
        let expected = """
            DONE  forced promotion of dc2 (requested as planned)  epoch 2  took 4.25 s  id p-2
            replayed 61,204  repeats at most 118  expired 3  quarantined 2  remaining 0
            write pause at least 3.00 s  from 2026-12-01 10:00:00Z  to 2026-12-01 10:00:03Z
            """
        #expect(OperationText(report: Samples.operation, style: .plain).text == expected)
    }

    @Test("Given an operation that runs, when its progress is shown, then count, rate and time left are there")
    func progress() {
        var report = Samples.operation
        report.state = .running
        report.step = "replay"
        report.remaining = 30_531
        report.rate = 20_354
        #expect(
            Progress.line(report)
                == "dc2: replay  61,204 of 91,735 (66%)  20,354/s  1.50 s left  after 4.25 s"
        )
        report.replayed = nil
        report.rate = nil
        report.seconds = nil
        #expect(Progress.line(report) == "dc2: replay")
        // And why it is held up, without what a terminal would obey
        report.error = ErrorReport(code: .topology, message: "exchange 'x\u{1B}[2J' was deleted", hint: "")
        let line = Progress.line(report)
        #expect(line.hasPrefix("dc2: replay  held up: exchange 'x") && !line.contains("\u{1B}"), "\(line)")
    }

    @Test("Given numbers, when they are shown, then they are short and honest")
    func numbers() {
        #expect(Shown.count(nil) == "unknown")
        #expect(Shown.count(0) == "0")
        #expect(Shown.count(1_234_567) == "1,234,567")
        #expect(Shown.count(-1_000) == "-1,000")
        #expect(Shown.count(.min) == "-9,223,372,036,854,775,808")
        #expect(Shown.seconds(0) == "0 s")
        #expect(Shown.seconds(59.6) == "1m00s")
        #expect(Shown.seconds(-12) == "-12 s")
        #expect(Shown.seconds(86_280) == "23h58m")
        #expect(Shown.seconds(1_051_200) == "12d04h")
        #expect(Shown.seconds(.infinity) == "unknown")
        #expect(Shown.rate(0.25) == "0.3")
        #expect(Shown.rate(.nan) == "unknown")
        #expect(Shown.bytes(999) == "999 B")
        #expect(Shown.bytes(5_000_000_000) == "5.0 GB")
    }

    @Test(
        "Given a planned promotion, when it is shown, then it says what comes, what stands against it, and what was skipped"
    )
    func scheduled() {
        let expected = """
            Next: promotion of dc2 at 2026-12-01 10:00:00Z  every "0 4 * * 1" Europe/Berlin, grace 15m00s, if lag below 2.00 s, \
            by ann@console, (yearly)  [s1a2b3c4]
              would be refused, as checked at 2026-12-01 10:00:00Z: route 'orders' has a gap [gap]
              -> acknowledge it
              dc2 at 2026-12-01 10:00:00Z (3 times since 2026-12-01 10:00:00Z): skipped: missed: no daemon led [missed]
              -> promote by hand
                and route 'orders' has a gap [gap]
            """
        #expect(ScheduleText(style: .plain).text(of: Samples.scheduled) == expected)
        #expect(ScheduleText(style: .plain).text(of: ScheduleReport(pair: "a")) == "nothing is scheduled")
        var status = Samples.status
        status.schedule = [Samples.scheduled]
        #expect(
            StatusText(report: status, style: .plain).text.contains("Next: promotion of dc2 at 2026-12-01 10:00:00Z")
        )
    }

    @Test("Given one that was skipped, when the history is shown, then the reason is there")
    func skipped() {
        let entry = HistoryEntry(
            id: "scheduled-s1-7",
            kind: "planned",
            site: "dc2",
            epoch: nil,
            state: .skipped,
            started: Samples.date,
            error: ErrorReport(code: .gap, message: "route 'orders' has a gap", hint: "acknowledge it")
        )
        let text = HistoryText(history: [entry], style: .plain).text
        #expect(text.hasSuffix("scheduled-s1-7 was skipped: route 'orders' has a gap"), "\(text)")
    }
}
