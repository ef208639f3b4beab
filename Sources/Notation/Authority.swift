/// A host and a port as URLs and `Host` headers have them: `HOST`, `HOST:PORT`, `[ADDRESS]` or `[ADDRESS]:PORT`.
package struct Authority: Sendable, Hashable, CustomStringConvertible {
    /// Why a text is none.
    package enum Fault: Error, Sendable, Hashable {
        /// A bracket is not closed.
        case openBracket
        /// Something else than a port stands behind the bracket.
        case afterBracket
        /// More than one colon, and no brackets.
        case manyColons
        /// What stands behind the colon is no number from 1 to 65535.
        case port
    }

    /// The host without brackets, as it is written: it may be empty, or no name at all.
    package var host: String
    /// The port; `nil` where there is none.
    package var port: Int?
    /// Whether the host stands in brackets, as an IPv6 address does.
    package var isBracketed: Bool

    /// Takes a host, without brackets, and a port.
    package init(host: String, port: Int?) {
        self.host = host
        self.port = port
        self.isBracketed = host.contains(":")
    }

    /// Reads a text.
    package init(_ text: some StringProtocol) throws(Fault) {
        let host: Substring
        let tail: Substring
        let text = Substring(text)
        self.isBracketed = text.first == "["
        if self.isBracketed {
            guard let end = text.firstIndex(of: "]") else { throw .openBracket }
            host = text[..<end].dropFirst()
            tail = text[text.index(after: end)...]
            guard tail.isEmpty || tail.first == ":" else { throw .afterBracket }
        } else {
            let colon = text.firstIndex(of: ":") ?? text.endIndex
            host = text[..<colon]
            tail = text[colon...]
            guard !tail.dropFirst().contains(":") else { throw .manyColons }
        }
        self.host = String(host)
        if tail.isEmpty {
            self.port = nil
        } else {
            let digits = tail.dropFirst()
            guard digits.utf8.count <= 5, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let port = Int(digits),
                (1...65_535).contains(port)
            else { throw .port }
            self.port = port
        }
    }

    /// As it is written, an IPv6 address in brackets.
    package var description: String {
        let shown = self.isBracketed ? "[\(self.host)]" : self.host
        return self.port.map { "\(shown):\($0)" } ?? shown
    }
}
