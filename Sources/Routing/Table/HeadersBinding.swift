/// A binding of a headers exchange.
///
/// All answers have three values: `nil` is "can't be told".
struct HeadersBinding {
    private enum Match {
        case all
        case any
    }

    private struct Condition {
        var header: Int
        var argument: RoutingArgument
        /// Whether its name may stand for another.
        var isUntold: Bool
    }

    private var match: Match
    private var conditions: [Condition]

    /// - Parameter number: gives the name of a header a number.
    init(_ arguments: [String: RoutingArgument], number: ([UInt8]) -> Int) {
        var looksAtX = false
        switch arguments["x-match"] {
        case .string("any"): match = .any
        case .string("any-with-x"): (match, looksAtX) = (.any, true)
        case .string("all-with-x"): (match, looksAtX) = (.all, true)
        default: match = .all
        }
        conditions = []
        for (name, argument) in arguments where name != "x-match" && (looksAtX || !name.utf8.starts(with: "x-".utf8)) {
            conditions.append(
                Condition(header: number(Array(name.utf8)), argument: argument, isUntold: name.isStandIn)
            )
        }
    }

    /// Whether a message with these headers passes.
    func matches(_ headers: [MessageFacts.Header], by comparison: RoutingRules.Comparison) -> Bool? {
        var isUntold = false
        for condition in conditions {
            let result =
                condition.isUntold ? nil : Self.holds(condition.argument, headers[condition.header], comparison)
            switch (match, result) {
            case (.all, false?): return false
            case (.any, true?): return true
            case (_, nil): isUntold = true
            case (.all, true?), (.any, false?): break
            }
        }
        return isUntold ? nil : match == .all
    }

    static func holds(
        _ argument: RoutingArgument,
        _ header: MessageFacts.Header,
        _ comparison: RoutingRules.Comparison
    ) -> Bool? {
        switch header {
        case .missing: return false
        case .several: return argument == .void ? true : nil
        case .value(let value):
            switch comparison {
            case .byNumber: return holds(argument, value, isExact: false)
            case .exact: return holds(argument, value, isExact: true)
            case .unknown:
                let lenient = holds(argument, value, isExact: false)
                return lenient == holds(argument, value, isExact: true) ? lenient : nil
            }
        }
    }

    private static func holds(_ argument: RoutingArgument, _ value: RoutingValue, isExact: Bool) -> Bool? {
        switch (argument, value) {
        case (.void, _): return true
        case (.string(let text), .string(let bytes)), (.string(let text), .bytes(let bytes)):
            if text.utf8.elementsEqual(bytes) { return text.isStandIn ? nil : true }
            return text.isStandIn || text == Self.void ? nil : false
        // Some versions write "no value" so.
        case (.string(Self.void), _): return nil
        case (.boolean(let one), .boolean(let other)): return one == other
        case (.integer(let number), .integer(let other)): return number == other
        case (.integer(let number), .timestamp(let seconds)):
            guard isExact else { return Int64(exactly: seconds) == number }
            // A publisher of AMQP 1.0 has milliseconds, of which AMQP 0-9-1 shows the seconds only.
            return number >= 0 && UInt64(number) / 1000 == seconds ? nil : false
        case (.integer(let number), .double(let other)):
            if isExact { return false }
            // Where a double can't hold every integer, they are compared in yet another way.
            return number.magnitude < 1 << 53 ? Double(number) == other : nil
        case (.number, .integer), (.number, .double), (.number, .timestamp), (.number, .decimal): return nil
        case (.compound, .array), (.compound, .table): return nil
        default: return false
        }
    }

    private static let void = "undefined"
}
