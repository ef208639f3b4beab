import HTTPClient

/// Bindings, with what JSON leaves of the types of their arguments.
package struct TypedBindings: Sendable, Hashable {
    /// The bindings.
    package var list: [Binding]
    /// Whether no number in them was written with a fraction or an exponent, as RabbitMQ writes every float and decimal:
    /// then what decodes as an integer has not been the float 1.0.
    package var integersAreIntegers: Bool
}

extension ManagementAPI {
    /// All bindings of a virtual host.
    package func typedBindings(virtualHost: String) async throws(ManagementError) -> TypedBindings {
        let call = ManagementCall(.get, ["bindings", virtualHost])
        let response = try await send(call)
        return TypedBindings(
            list: try decode([Binding].self, from: response, of: call),
            integersAreIntegers: !JSONFractions.areIn(response.body)
        )
    }
}

/// Numbers with a fraction or an exponent.
enum JSONFractions {
    /// Whether a JSON text has one.
    static func areIn(_ text: some Sequence<UInt8>) -> Bool {
        var isString = false
        var isEscaped = false
        var last: UInt8 = 0
        for byte in text {
            if isString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isString = false
                }
            } else {
                switch byte {
                case UInt8(ascii: "\""): isString = true
                case UInt8(ascii: "."): return true
                case UInt8(ascii: "e"), UInt8(ascii: "E"):
                    if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(last) { return true }
                default: break
                }
            }
            last = byte
        }
        return false
    }
}
