import ControlModel
import FoundationEssentials
import Logging
import Synchronization
import Testing

@testable import ropeway

@Suite("Log lines")
struct LogLineTests {
    @Test("Given an event, when it is logged, then it is one line with its time, level, label and sorted metadata")
    func line() {
        let time = Samples.date.addingTimeInterval(0.25)
        let line = LineLogHandler.line(
            at: time,
            level: .info,
            label: "relay",
            "message",
            ["route": "orders", "count": "\(7)", "text": "two words", "empty": "", "quote": "a\"b"]
        )
        #expect(
            line
                == """
                2026-12-01T10:00:00.250Z info relay: message count=7 empty="" quote="a\\"b" route=orders text="two words"

                """
        )
    }

    @Test("Given text with line breaks and escapes, when it is logged, then it can't forge another line")
    func escapes() {
        let line = LineLogHandler.line(
            at: Samples.date,
            level: .error,
            label: "pair",
            "a\nb\u{1B}[31m",
            ["k": "x\r\ny\u{85}"]
        )
        #expect(line == "2026-12-01T10:00:00.000Z error pair: a\\nb\\u{1b}[31m k=x\\r\\ny\\u{85}\n")
    }

    @Test("Given a logger, when it logs, then its own metadata is there and lesser events are not")
    func logger() {
        let lines = Lines()
        var logger = Logger(label: "daemon") { LineLogHandler(label: $0, write: { lines.add($0) }) }
        logger[metadataKey: "pair"] = "a"
        logger.debug("unseen")
        logger.warning("seen", metadata: ["route": "orders"])
        #expect(lines.all.count == 1)
        #expect(lines.all.first?.hasSuffix(" warning daemon: seen pair=a route=orders\n") == true)
    }

    @Test("Given a broker's text with escape sequences, when it is shown, then the terminal obeys none but our colours")
    func answers() {
        let style = TextStyle(isColoured: true)
        let hostile = "a\u{1B}]0;owned\u{7}\u{1B}[2J\u{9B}1m\rb"
        let text = "\(style.bad("no")) \(hostile) \(style.good(hostile))"
        let shown = Shown.safe(text, keepingColours: true)
        let plain = Shown.safe(hostile)
        #expect(shown == "\u{1B}[31mno\u{1B}[0m \(plain) \u{1B}[32m\(plain)\u{1B}[0m")
        #expect(plain == "a\\u{1b}]0;owned\\u{7}\\u{1b}[2J\\u{9b}1m\\rb".replacing("\\r", with: "\\u{d}"))
        #expect(!plain.unicodeScalars.contains { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) })
    }

    @Test("Given a broker's text with a line feed, when it is shown, then it makes up no line of its own")
    func lines() {
        var report = Samples.status
        report.routes[0].error = ErrorReport(word: "w", message: "no\nDONE  planned promotion of dc2", hint: "a\nb")
        report.routes[0].name = "orders\nPAIR forged"
        let text = StatusText(report: report, style: .plain).text
        #expect(!text.contains("\nDONE") && !text.contains("\nPAIR forged") && !text.contains("\nb"))
        #expect(text.contains("no\\u{a}DONE"))
    }
}

/// What a handler wrote.
private final class Lines: Sendable {
    private let lines = Mutex<[String]>([])
    func add(_ line: String) { self.lines.withLock { $0.append(line) } }
    var all: [String] { self.lines.withLock { $0 } }
}
