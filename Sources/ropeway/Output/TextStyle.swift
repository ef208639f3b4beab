/// How words stand out.
struct TextStyle {
    /// Whether colours are used.
    let isColoured: Bool

    static let plain = TextStyle(isColoured: false)
    /// All that it writes beside the texts.
    static let codes = ["32", "33", "31", "1", "0"].map { "\u{1B}[\($0)m" }

    /// As it should be.
    func good(_ text: String) -> String { self.paint(text, "32") }
    /// A person should look at it.
    func warning(_ text: String) -> String { self.paint(text, "33") }
    /// Something is wrong.
    func bad(_ text: String) -> String { self.paint(text, "31") }
    /// What leads the eye.
    func strong(_ text: String) -> String { self.paint(text, "1") }

    private func paint(_ text: String, _ code: String) -> String {
        self.isColoured ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
