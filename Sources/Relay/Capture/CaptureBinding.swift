import Management
import RopewayConfiguration

/// One way in which messages come from an exchange into its capture.
package struct CaptureBinding: Sendable, Hashable {
    /// The routing key; empty where the type of the exchange looks at none.
    package var routingKey: String
    /// The arguments; empty where the type of the exchange looks at none.
    package var arguments: [String: JSONValue]

    /// Creates a binding.
    package init(routingKey: String, arguments: [String: JSONValue] = [:]) {
        self.routingKey = routingKey
        self.arguments = arguments
    }

    init(_ binding: Management.Binding) {
        self.init(routingKey: binding.routingKey, arguments: binding.arguments)
    }

    init(_ binding: RouteConfiguration.Binding) {
        var arguments: [String: JSONValue] = [:]
        for (name, value) in binding.arguments {
            switch value {
            case .string(let text): arguments[name] = .string(text)
            case .integer(let number): arguments[name] = .integer(number)
            case .boolean(let flag): arguments[name] = .bool(flag)
            }
        }
        self.init(routingKey: binding.routingKey, arguments: arguments)
    }

    /// The same binding without what an exchange of this type ignores, so that equal ways are equal values.
    func reduced(for type: CapturableExchange) -> CaptureBinding {
        switch type {
        case .direct, .topic: CaptureBinding(routingKey: routingKey)
        case .fanout: CaptureBinding(routingKey: "")
        case .headers: CaptureBinding(routingKey: "", arguments: arguments)
        }
    }

    /// Whether every message that `other` matches is matched by this one too. `false` may also mean "can't tell".
    func covers(_ other: CaptureBinding, in type: CapturableExchange) -> Bool {
        switch type {
        case .fanout: true
        case .direct: routingKey == other.routingKey
        case .topic: TopicPattern(routingKey).covers(TopicPattern(other.routingKey))
        case .headers: Self.matchesAll(arguments) || arguments == other.arguments
        }
    }

    /// Without any header to match, a headers exchange that wants all of them passes everything.
    private static func matchesAll(_ arguments: [String: JSONValue]) -> Bool {
        let match = arguments["x-match"]?.string ?? "all"
        return match.hasPrefix("all") && arguments.keys.allSatisfy { $0 == "x-match" }
    }
}

/// A binding that the capture should have and that the broker refuses.
package struct RefusedBinding: Sendable, Hashable {
    /// The binding.
    package var binding: CaptureBinding
    /// Why, in the broker's words.
    package var reason: String
    /// Whether another binding of the capture covers it, so that nothing is missed.
    package var isCovered = false
}

/// What ``CaptureProvisioner/mirrorBindings(on:besides:)`` changed.
package struct BindingChange: Sendable, Hashable {
    /// Bindings that the capture has from now on. What was published for them before is not captured.
    package var added: [CaptureBinding]
    /// Bindings that the capture no longer has.
    package var removed: [CaptureBinding]
    /// Whether the capture had no binding before, as at a route's first start.
    package var isFirst: Bool
    /// Bindings that the broker refused. What matches only these is not captured, unless another covers them.
    package var refused: [RefusedBinding] = []

    /// Whether nothing was changed.
    package var isEmpty: Bool { added.isEmpty && removed.isEmpty }
}
