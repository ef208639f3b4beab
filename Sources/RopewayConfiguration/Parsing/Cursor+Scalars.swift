import Yams

extension Cursor {
    /// A string that is not empty.
    ///
    /// An unquoted scalar that YAML 1.1 takes for a boolean, a number or null is refused: another reader of the file
    /// would see something else than a string.
    ///
    /// - Parameters:
    ///   - longest: the most UTF-8 bytes it may have.
    ///   - allowsEmpty: whether `""` is right.
    func string(expected: String, longest: Int = 4_096, allowsEmpty: Bool = false) -> String? {
        guard let scalar = self.node.scalar, self.hasNoTag() else {
            if self.node.scalar == nil {
                self.error("is \(self.kindDescription), but must be \(expected)", hint: "write one string")
            }
            return nil
        }
        switch self.plainKind {
        case .null:
            self.error("is empty, but must be \(expected)", hint: "give it a value or remove the key")
            return nil
        case .boolean, .number:
            self.error("is \(self.kindDescription), but must be \(expected)", hint: "put it in quotes")
            return nil
        case .text, nil:
            break
        }
        if scalar.string.isEmpty && !allowsEmpty {
            self.error("is empty, but must be \(expected)", hint: "give it a value")
            return nil
        }
        if scalar.string.utf8.count > longest {
            self.error("has \(scalar.string.utf8.count) bytes", hint: "at most \(longest) are possible")
            return nil
        }
        if scalar.string.unicodeScalars.contains("\0") {
            self.error("holds a NUL character", hint: "write it without one")
            return nil
        }
        return scalar.string
    }

    /// A name of a pair, site, route or shovel: `[a-z0-9-]{1,64}`.
    func name(expected: String) -> String? {
        guard let text = self.string(expected: expected) else { return nil }
        guard Self.isName(text) else {
            self.error("\(Shown.value(text)) is not a name", hint: Self.nameHint)
            return nil
        }
        return text
    }

    static let nameHint = "1 to 64 of the characters a-z, 0-9 and -"

    static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
            }
    }

    /// The name of an exchange or queue on a broker, at most 255 bytes.
    ///
    /// - Parameter takesQuarantines: whether it may be a quarantine, which is Ropeway's own.
    func objectName(expected: String, takesQuarantines: Bool = false) -> String? {
        guard let text = self.string(expected: expected, longest: 255) else { return nil }
        if text.hasPrefix("ropeway."), !takesQuarantines || ShovelConfiguration.quarantined(in: text) == nil {
            self.error("\(Shown.value(text)) is Ropeway's own", hint: "names with ropeway. in front are reserved")
            return nil
        }
        if text == "." || text == ".." {
            self.error(
                "\(Shown.value(text)) can't be looked at over RabbitMQ's management API, whose URLs take it for a folder",
                hint: "use another name"
            )
            return nil
        }
        return text
    }

    /// One of a few words.
    func choice<Value: RawRepresentable & CaseIterable>(_ type: Value.Type) -> Value? where Value.RawValue == String {
        let words = Value.allCases.map(\.rawValue)
        let expected = "one of " + words.joined(separator: ", ")
        guard let text = self.string(expected: expected) else { return nil }
        guard let value = Value(rawValue: text) else {
            let near = Spelling.nearest(to: text, among: words)
            self.error(
                "\(Shown.value(text)) is not \(expected)",
                hint: near.map { "did you mean \($0)?" } ?? "choose one of them"
            )
            return nil
        }
        return value
    }

    /// `true` or `false`; the other booleans of YAML 1.1 are refused, since readers disagree about them.
    func boolean() -> Bool? {
        guard let scalar = self.node.scalar, self.hasNoTag() else {
            if self.node.scalar == nil {
                self.error("is \(self.kindDescription), but must be true or false", hint: "write true or false")
            }
            return nil
        }
        switch (self.plainKind, scalar.string) {
        case (.boolean, "true"):
            return true
        case (.boolean, "false"):
            return false
        case (.boolean, let text):
            let isTrue = ["y", "yes", "on", "true"].contains(text.lowercased())
            self.error("\(Shown.value(text)) is not true or false", hint: "write \(isTrue)")
            return nil
        default:
            self.error("is \(self.kindDescription), but must be true or false", hint: "write true or false, unquoted")
            return nil
        }
    }

    /// A whole number in decimal digits.
    func integer(in range: ClosedRange<Int>, unit: String) -> Int? {
        let expected = "a whole number of \(unit)"
        guard let scalar = self.node.scalar, self.hasNoTag() else {
            if self.node.scalar == nil {
                self.error("is \(self.kindDescription), but must be \(expected)", hint: "such as 1000")
            }
            return nil
        }
        guard self.plainKind == .number else {
            self.error("is \(self.kindDescription), but must be \(expected)", hint: "such as 1000, without quotes")
            return nil
        }
        guard let value = Self.decimal(scalar.string), let number = Int(exactly: value) else {
            self.error("\(Shown.value(scalar.string)) is not \(expected)", hint: "decimal digits only, such as 1000")
            return nil
        }
        guard range.contains(number) else {
            self.error("\(number) is out of bounds", hint: "\(range.lowerBound) to \(range.upperBound) \(unit)")
            return nil
        }
        return number
    }

    /// A number as everyone reads it: no leading zero (octal to some), no underscores, no base 60.
    static func decimal(_ text: String) -> Int64? {
        guard let number = Int64(text), String(number) == text else { return nil }
        return number
    }

    /// A duration such as `5s`.
    func duration(in range: ClosedRange<Duration>) -> Duration? {
        guard let text = self.quantityText(expected: "a duration such as 500ms, 5s, 15m, 1h or 7d") else { return nil }
        guard let value = Quantity.duration(text) else {
            let hasNoUnit = Self.decimal(text) != nil
            self.error(
                hasNoUnit ? "\(Shown.value(text)) has no unit" : "\(Shown.value(text)) is not a duration",
                hint: hasNoUnit ? "such as \(text)s" : "a whole number and one of ms, s, m, h, d, such as 15m"
            )
            return nil
        }
        guard range.contains(value) else {
            self.error(
                "\(Quantity.text(value)) is out of bounds",
                hint: "\(Quantity.text(range.lowerBound)) to \(Quantity.text(range.upperBound))"
            )
            return nil
        }
        return value
    }

    /// A size in bytes such as `5GB`.
    func bytes(in range: ClosedRange<Int>) -> Int? {
        guard let text = self.quantityText(expected: "a size such as 500MB, 5GB or 4GiB") else { return nil }
        guard let value = Quantity.bytes(text) else {
            self.error(
                "\(Shown.value(text)) is not a size",
                hint: "a whole number of bytes, or one with KB, MB, GB, TB (powers of 1000) or KiB, MiB, GiB, TiB"
            )
            return nil
        }
        guard range.contains(value) else {
            self.error(
                "\(Quantity.text(bytes: value)) is out of bounds",
                hint: "\(Quantity.text(bytes: range.lowerBound)) to \(Quantity.text(bytes: range.upperBound))"
            )
            return nil
        }
        return value
    }

    /// The text of a duration or size: what YAML takes for a number is fine here, since the unit decides.
    private func quantityText(expected: String) -> String? {
        guard let scalar = self.node.scalar, self.hasNoTag() else {
            if self.node.scalar == nil {
                self.error("is \(self.kindDescription), but must be \(expected)", hint: "write one value")
            }
            return nil
        }
        if self.plainKind == .null || self.plainKind == .boolean {
            self.error("is \(self.kindDescription), but must be \(expected)", hint: "give it a value")
            return nil
        }
        return scalar.string
    }
}
