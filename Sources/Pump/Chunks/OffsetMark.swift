/// Numbers above all offsets that a stream can have, each of which holds an offset.
///
/// As a publishing id such a number is above all that a copy uses. As a stored offset it outlives retention, which has
/// brokers forget those that point at what is gone.
enum OffsetMark {
    /// No stream has so many messages.
    private static let base: UInt64 = 1 << 62

    static func mark(_ offset: UInt64) -> UInt64 { base + offset }

    static func isMark(_ number: UInt64) -> Bool { number >= base }

    /// The offset that a mark holds; `nil` for any other number.
    static func offset(of number: UInt64) -> UInt64? { isMark(number) ? number - base : nil }
}
