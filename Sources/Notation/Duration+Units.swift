extension Duration {
    /// Whole nanoseconds, limited to what fits in 64 bits (292 years).
    package var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = self.components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carry) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        if overflow || carry { return seconds < 0 ? .min : .max }
        return sum
    }

    /// Whole milliseconds, rounded towards zero.
    package var wholeMilliseconds: Int64 {
        self.wholeNanoseconds / 1_000_000
    }
}
