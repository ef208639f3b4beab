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
        let arguments = fields["arguments"].map { $0.bindingArguments() } ?? [:]
        guard let routingKey, let arguments else { return nil }
        return RouteConfiguration.Binding(routingKey: routingKey, arguments: arguments)
    }
}
