/// The value of a header, with as much of its type as routing depends on.
package enum RoutingValue: Sendable, Hashable {
    case void
    case boolean(Bool)
    /// Any of the integer types; RabbitMQ reads an unsigned one of 64 bits as a signed one.
    case integer(Int64)
    /// Either of the floating-point types.
    case double(Double)
    case decimal
    /// Seconds since 1970.
    case timestamp(UInt64)
    /// A text.
    case string([UInt8])
    /// Bytes that are no text.
    case bytes([UInt8])
    case array([RoutingValue])
    case table
}

/// The headers of a message, which are only read where routing depends on them.
package protocol RoutingHeaders {
    /// Hands on each header in turn: its name and, on request, its value.
    ///
    /// - Parameter body: gets the bytes of the name, which are valid during the call only.
    func forEachHeader(_ body: (_ name: UnsafeRawBufferPointer, _ value: () -> RoutingValue) -> Void)
}

/// The headers of a message without any.
package struct NoHeaders: RoutingHeaders {
    package init() {}
    package func forEachHeader(_ body: (UnsafeRawBufferPointer, () -> RoutingValue) -> Void) {}
}

/// Headers that change how a message is routed, whatever the type of the exchange.
enum RoutingHeaderName {
    case copies
    case death

    init?(_ name: UnsafeRawBufferPointer) {
        switch name.count {
        case 2 where name.holds("CC"), 3 where name.holds("BCC"): self = .copies
        case 7 where name.holds("x-death"): self = .death
        // Streams drop the table and keep this.
        case 19 where name.holds("x-first-death-queue"): self = .death
        default: return nil
        }
    }
}

extension UnsafeRawBufferPointer {
    func holds(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        for index in 0..<count where self[index] != text.utf8Start[index] { return false }
        return true
    }
}
