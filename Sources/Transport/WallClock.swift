import FoundationEssentials

/// The time of day, to compare with the validity of certificates; never used to measure how long something takes.
enum WallClock {
    /// Whole seconds since 1970 began, UTC.
    static func secondsSince1970() -> Int64 {
        Int64(Date().timeIntervalSince1970)
    }
}
