extension Cursor {
    /// A mapping of names to strings, whole numbers and booleans.
    ///
    /// - Parameters:
    ///   - what: what they are arguments of, in the plural: "binding arguments".
    ///   - check: looks at each value that could be read, and reports what is wrong with it.
    func arguments(
        _ what: String,
        check: (String, ArgumentValue, Cursor) -> Void = { _, _, _ in }
    ) -> [String: ArgumentValue]? {
        guard let pairs = self.pairs(expected: "a mapping of \(what)") else { return nil }
        var arguments: [String: ArgumentValue] = [:]
        for (name, value) in pairs {
            if !(1...255).contains(name.utf8.count) {
                value.error("has a name of \(name.utf8.count) bytes", hint: "1 to 255 are possible")
            }
            guard let argument = value.argument() else { continue }
            check(name, argument, value)
            arguments[name] = argument
        }
        return arguments.count == pairs.count ? arguments : nil
    }

    /// Arguments of a binding to a headers exchange.
    func bindingArguments() -> [String: ArgumentValue]? {
        let ways: [ArgumentValue] = [.string("all"), .string("any"), .string("all-with-x"), .string("any-with-x")]
        return self.arguments("binding arguments") { name, argument, value in
            if name == "x-match", !ways.contains(argument) {
                value.error("is not a way to match", hint: "all, any, all-with-x or any-with-x")
            }
        }
    }

    private func argument() -> ArgumentValue? {
        switch self.plainKind {
        case .number:
            return self.integer(in: Int.min...Int.max, unit: "this argument (other numbers go in quotes)")
                .map { .integer(Int64($0)) }
        case .boolean:
            return self.boolean().map { .boolean($0) }
        case .text, .null, nil:
            return self.string(expected: "a string, a whole number, true or false", allowsEmpty: true)
                .map { .string($0) }
        }
    }
}
