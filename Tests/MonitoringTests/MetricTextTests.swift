import Foundation
import Monitoring
import Testing

@Suite("Metrics as text")
struct MetricTextTests {
    private static func text(_ metrics: MetricSet) -> String { String(decoding: metrics.text, as: UTF8.self) }

    @Test("Given a value that would end its label or line, when it is written, then it does not")
    func escaping() {
        var metrics = MetricSet()
        metrics.add(.epoch, MetricLabels("pair", "a\"b\\c\nd\r\ne{}, é"), 1)
        #expect(Self.text(metrics).contains(#"ropeway_epoch{pair="a\"b\\c\nd"# + "\r" + #"\ne{}, é"} 1"#))
    }

    @Test("Given what is not known or no number, when it is added, then there is no series and no header")
    func unknown() {
        var metrics = MetricSet()
        metrics.add(.epoch, MetricLabels(), Int?.none)
        metrics.add(.lagSeconds, MetricLabels(), Double.nan)
        metrics.add(.lagSeconds, MetricLabels(), Double.infinity)
        #expect(metrics.text.isEmpty)
    }

    @Test(
        "Given series of two metrics in turn, when they are written, then those of one are together, under one header"
    )
    func grouping() {
        var metrics = MetricSet()
        for name in ["a", "b"] {
            metrics.add(.lagMessages, MetricLabels("route", name), 1)
            metrics.add(.lagSeconds, MetricLabels("route", name), 0.5)
        }
        let lines = Self.text(metrics).split(separator: "\n").map { $0.split(separator: " ")[0] }
        #expect(
            lines == [
                "#", "#", #"ropeway_replication_lag_messages{route="a"}"#,
                #"ropeway_replication_lag_messages{route="b"}"#, "#", "#",
                #"ropeway_replication_lag_seconds{route="a"}"#, #"ropeway_replication_lag_seconds{route="b"}"#,
            ]
        )
    }

    @Test("Given every metric, when its help is read, then it is one line of its own")
    func help() {
        for metric in Metric.allCases {
            #expect(metric.help != metric.rawValue, "\(metric.rawValue)")
            #expect(!metric.help.contains("\n") && !metric.help.contains("\\"))
        }
        #expect(Set(Metric.allCases.map(\.help)).count == Metric.allCases.count)
    }

    @Test("Given every metric, when the documentation is read, then it lists each once, and no other")
    func documentation() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "docs/monitoring.md"), encoding: .utf8)
        let listed = text.split(separator: "\n").filter { $0.hasPrefix("| `") }.flatMap { row in
            row.split(separator: "|")[0].split(separator: "`").map(String.init).filter {
                $0.hasPrefix("ropeway_") || $0.hasPrefix("process_")
            }
        }
        #expect(listed.sorted() == Metric.allCases.map(\.rawValue).sorted())
    }

    @Test("Given the words of the kernel, when they are read, then they say what the process takes")
    func process() {
        var metrics = ProcessMetrics()
        metrics.take(
            stat: "4711 (a) b (c)) S 1 1 1 0 -1 4194304 5 0 0 0 250 50 0 0 20 0 9 0 12345 104857600 2560 1 1",
            kernel: "cpu 1 2 3\nbtime 1796119200\nprocesses 5\n",
            ticks: 100,
            pageSize: 4_096
        )
        #expect(metrics.cpuSeconds == 3)
        #expect(metrics.virtualBytes == 104_857_600)
        #expect(metrics.residentBytes == 2_560 * 4_096)
        #expect(metrics.started == 1_796_119_323.45)
    }

    @Test("Given this process, when it is looked at, then it has memory, files and a start")
    func thisProcess() throws {
        let metrics = ProcessMetrics.current()
        #expect(metrics.mostFiles ?? 0 > 0)
        #if os(Linux)
            #expect(metrics.residentBytes ?? 0 > 1_000_000)
            #expect(metrics.openFiles ?? 0 >= 3)
            let started = try #require(metrics.started)
            #expect(started < Date().timeIntervalSince1970)
        #endif
    }
}
