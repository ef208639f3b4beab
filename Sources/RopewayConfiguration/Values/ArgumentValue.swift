/// The value of an argument of a binding, a queue or a consumer.
package enum ArgumentValue: Sendable, Equatable {
    /// A long string.
    case string(String)
    /// A 64-bit signed integer.
    case integer(Int64)
    /// A boolean.
    case boolean(Bool)
}
