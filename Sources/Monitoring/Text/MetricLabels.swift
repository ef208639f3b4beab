/// The labels of a series, as the text format has them.
package struct MetricLabels: Sendable, Hashable {
    /// `name="value"`, with commas between.
    private(set) var text: String

    /// No labels.
    package init() { text = "" }

    /// One label.
    package init(_ name: String, _ value: String) {
        self.init()
        add(name, value)
    }

    /// These and one more.
    package func with(_ name: String, _ value: String) -> Self {
        var labels = self
        labels.add(name, value)
        return labels
    }

    /// These and one more; without the value as they are, which to Prometheus is the same as an empty one.
    package func with(_ name: String, _ value: String?) -> Self {
        value.map { with(name, $0) } ?? self
    }

    private mutating func add(_ name: String, _ value: String) {
        if !text.isEmpty { text += "," }
        text += name
        text += "=\""
        text += Self.escaped(value)
        text += "\""
    }

    /// A value without what would end it or its line.
    private static func escaped(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 == 0x5C || $0 == 0x22 || $0 == 0x0A }) else { return value }
        var escaped = ""
        // By scalars: a line feed behind a carriage return is one character with it.
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
