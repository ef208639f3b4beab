extension RouteConfiguration.Bindings {
    private static let expected = "upstream or a list such as [{routing-key: \"#\"}]"

    /// Reads `bindings`; without it the exchange's own are followed.
    static func read(_ cursor: Cursor?) -> Self? {
        guard let cursor else { return .upstream }
        guard cursor.isList else {
            if cursor.isMapping {
                cursor.error("is a mapping, but must be \(Self.expected)", hint: "put it into brackets")
                return nil
            }
            guard let text = cursor.string(expected: Self.expected) else { return nil }
            guard text == "upstream" else {
                cursor.error("\(Shown.value(text)) is not \(Self.expected)", hint: "choose one of them")
                return nil
            }
            return .upstream
        }
        guard let elements = cursor.list(expected: Self.expected) else { return nil }
        if elements.isEmpty {
            cursor.error("is an empty list, which captures nothing", hint: Self.expected)
            return nil
        }
        var bindings: [RouteConfiguration.Binding] = []
        for element in elements {
            guard let binding = Self.readBinding(element) else { continue }
            if bindings.contains(binding) {
                element.error("is the same binding as one before", hint: "write each binding once")
            } else {
                bindings.append(binding)
            }
        }
        return bindings.count == elements.count ? .explicit(bindings) : nil
    }

    private static func readBinding(_ cursor: Cursor) -> RouteConfiguration.Binding? {
        let expected = "{routing-key: KEY} or {arguments: {NAME: VALUE}}"
        guard let fields = cursor.fields(["routing-key", "arguments"], expected: expected) else { return nil }
        if fields.values.isEmpty {
            // With an unknown key that has been said already.
            if cursor.isEmptyCollection { cursor.error("is an empty mapping", hint: expected) }
            return nil
        }
        let routingKey =
            fields["routing-key"].map { $0.string(expected: "a routing key", longest: 255, allowsEmpty: true) } ?? ""
        let arguments = fields["arguments"].map { Self.readArguments($0) } ?? [:]
        guard let routingKey, let arguments else { return nil }
        return RouteConfiguration.Binding(routingKey: routingKey, arguments: arguments)
    }

    private static func readArguments(_ cursor: Cursor) -> [String: RouteConfiguration.BindingArgument]? {
        guard let pairs = cursor.pairs(expected: "a mapping of binding arguments") else { return nil }
        var arguments: [String: RouteConfiguration.BindingArgument] = [:]
        for (name, value) in pairs {
            if !(1...255).contains(name.utf8.count) {
                value.error("has a name of \(name.utf8.count) bytes", hint: "1 to 255 are possible")
            }
            guard let argument = Self.readArgument(value) else { continue }
            if name == "x-match",
                ![.string("all"), .string("any"), .string("all-with-x"), .string("any-with-x")].contains(argument)
            {
                value.error("is not a way to match", hint: "all, any, all-with-x or any-with-x")
            }
            arguments[name] = argument
        }
        return arguments.count == pairs.count ? arguments : nil
    }

    private static func readArgument(_ cursor: Cursor) -> RouteConfiguration.BindingArgument? {
        switch cursor.plainKind {
        case .number:
            return cursor.integer(in: Int.min...Int.max, unit: "this argument (other numbers go in quotes)")
                .map { .integer(Int64($0)) }
        case .boolean:
            return cursor.boolean().map { .boolean($0) }
        case .text, .null, nil:
            return cursor.string(expected: "a string, a whole number, true or false", allowsEmpty: true)
                .map { .string($0) }
        }
    }
}
