extension Int64 {
    /// The difference, or the nearest number that there is: the times in a message may be any numbers.
    package func minus(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        guard overflow else { return difference }
        return other < 0 ? .max : .min
    }
}
