/// An argument of a binding as the management API tells it: JSON, which has fewer types than AMQP.
package enum RoutingArgument: Sendable, Hashable {
    /// No value: any value of a header matches.
    case void
    case boolean(Bool)
    /// A number that is known to be of an integer type or a timestamp.
    case integer(Int64)
    /// A number that may also be a float or a decimal.
    case number(Double)
    /// Text, or bytes.
    case string(String)
    /// An array or a table, of whose elements nobody knows the types.
    case compound
}

extension String {
    /// Whether the management API may have put this in the place of something else.
    ///
    /// It writes bytes that are no UTF-8 as base64 with words before it, or replaces them.
    var isStandIn: Bool {
        utf8.starts(with: "Not UTF-8, base64 is: ".utf8) || unicodeScalars.contains("\u{FFFD}")
    }
}
