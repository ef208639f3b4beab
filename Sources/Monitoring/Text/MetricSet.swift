/// Metrics and their values at one moment.
package struct MetricSet: Sendable {
    private struct Sample {
        var labels: MetricLabels
        var value: Double
    }

    /// By the place of a metric among all: the text has all series of one metric together.
    private var samples: [[Sample]]

    /// The media type of ``text``.
    package static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

    /// Nothing.
    package init() {
        samples = Array(repeating: [], count: Metric.allCases.count)
    }

    /// Adds a series. What is not known, or is no number, is no series.
    package mutating func add(_ metric: Metric, _ labels: MetricLabels, _ value: Double?) {
        guard let value, value.isFinite else { return }
        samples[metric.place].append(Sample(labels: labels, value: value))
    }

    /// Adds a series of a whole number.
    package mutating func add(_ metric: Metric, _ labels: MetricLabels, _ value: Int?) {
        add(metric, labels, value.map(Double.init))
    }

    /// Adds a series that is 1 or 0.
    package mutating func add(_ metric: Metric, _ labels: MetricLabels, _ value: Bool?) {
        add(metric, labels, value.map { $0 ? 1 : 0 })
    }

    /// Adds a series for each state that there is: 1 for the one that holds, 0 for the others.
    package mutating func add<State: RawRepresentable & CaseIterable & Equatable>(
        _ metric: Metric,
        _ labels: MetricLabels,
        state: State?
    ) where State.RawValue == String {
        guard let state else { return }
        for one in State.allCases { add(metric, labels.with("state", one.rawValue), one == state) }
    }

    /// How many series there are.
    package var count: Int { samples.reduce(0) { $0 + $1.count } }

    /// Prometheus' text format, version 0.0.4.
    package var text: [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(count * 120 + 16_384)
        for metric in Metric.allCases where !samples[metric.place].isEmpty {
            text += "# HELP \(metric.rawValue) \(metric.help)\n# TYPE \(metric.rawValue) \(metric.kind)\n".utf8
            for sample in samples[metric.place] {
                text += metric.rawValue.utf8
                if !sample.labels.text.isEmpty {
                    text.append(UInt8(ascii: "{"))
                    text += sample.labels.text.utf8
                    text.append(UInt8(ascii: "}"))
                }
                text.append(UInt8(ascii: " "))
                text += Self.text(of: sample.value).utf8
                text.append(UInt8(ascii: "\n"))
            }
        }
        return text
    }

    private static func text(of value: Double) -> String {
        // Whole numbers up to where a double has all of them.
        if value == value.rounded(), value.magnitude < 9_007_199_254_740_992 { return "\(Int64(value))" }
        return "\(value)"
    }
}

extension Metric {
    private static let places = Dictionary(uniqueKeysWithValues: allCases.enumerated().map { ($1, $0) })

    /// Its place among all.
    fileprivate var place: Int { Self.places[self] ?? 0 }
}
