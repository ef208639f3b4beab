/// Milliseconds of a clock that never goes back or jumps, since some instant in the past of this process.
///
/// A type of its own, so that it is never compared with a ``Position``: those follow the wall clock.
package struct SteadyTime: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    package var milliseconds: Int64

    package init(_ milliseconds: Int64) { self.milliseconds = milliseconds }

    package init(from decoder: any Decoder) throws {
        milliseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(milliseconds)
    }

    package static func < (one: SteadyTime, other: SteadyTime) -> Bool { one.milliseconds < other.milliseconds }

    /// Later by so many milliseconds; limited, never a trap.
    package static func + (time: SteadyTime, milliseconds: Int64) -> SteadyTime {
        let (sum, isOver) = time.milliseconds.addingReportingOverflow(milliseconds)
        return SteadyTime(isOver ? (milliseconds < 0 ? .min : .max) : sum)
    }

    package static func - (time: SteadyTime, milliseconds: Int64) -> SteadyTime {
        let (difference, isOver) = time.milliseconds.subtractingReportingOverflow(milliseconds)
        return SteadyTime(isOver ? (milliseconds < 0 ? .max : .min) : difference)
    }

    package var description: String { "\(milliseconds) ms" }
}
