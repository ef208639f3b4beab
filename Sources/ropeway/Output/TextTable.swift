/// Columns of text, the first to the left and numbers to the right.
struct TextTable {
    /// A column.
    struct Column {
        let title: String
        var isNumber = false
    }

    private let columns: [Column]
    private var rows: [[String]] = []

    init(_ columns: [Column]) {
        self.columns = columns
    }

    /// Adds a row with as many cells as there are columns.
    mutating func add(_ cells: [String]) {
        // A name may have any character: one row stays one line.
        self.rows.append(cells.map { Shown.safe($0, keepingColours: true) })
    }

    /// The lines of the table, the titles first, without blanks at their ends.
    func lines(_ style: TextStyle) -> [String] {
        let titles = self.columns.map(\.title)
        let widths = self.columns.indices.map { index in
            ([titles] + self.rows).map { $0[index].count }.max() ?? 0
        }
        func line(_ cells: [String]) -> String {
            let padded = self.columns.indices.map { index in
                let blanks = String(repeating: " ", count: widths[index] - cells[index].count)
                return self.columns[index].isNumber ? blanks + cells[index] : cells[index] + blanks
            }
            let text = padded.joined(separator: "  ")
            return String(text.reversed().drop { $0 == " " }.reversed())
        }
        return [style.strong(line(titles))] + self.rows.map(line)
    }
}
