#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// How full a capture may be, also where the broker does not say at the moment, as while a node stops.
struct CaptureFill: Sendable {
    /// When the broker last said how many bytes it holds, and how many.
    private var told: (at: Date, bytes: Int)?
    /// The same when what it drops was last known to be seen.
    private var base: (at: Date, bytes: Int)?
    /// How late the broker may tell what a queue holds.
    private static let lateness: TimeInterval = 15
    /// Bytes a second: more than a queue takes.
    private static let fastest = 200e6

    /// Whether it may have been half full or more at a look since ``restart(_:)``, or at that one.
    private(set) var mayHaveBeenFull = false

    mutating func note(_ seen: CaptureObservation) {
        if let bytes = seen.capture?.bytes { told = (seen.begun, bytes) }
        mayHaveBeenFull = mayHaveBeenFull || isNearLimit(seen)
    }

    /// What the capture drops was seen up to this look.
    mutating func restart(_ seen: CaptureObservation) {
        mayHaveBeenFull = isNearLimit(seen)
        base = told
    }

    /// Whether it may have been full since ``restart(_:)``, if only for a moment between two looks.
    func mayHaveReachedLimit(_ seen: CaptureObservation) -> Bool {
        guard let base else { return true }
        let passed = max(0, seen.ended.timeIntervalSince(base.at)) + Self.lateness
        return Double(base.bytes) + passed * Self.fastest >= Double(seen.byteLimit)
    }

    /// Whether a capture that was seen so has more room than can be taken up in a time.
    static func isRoomy(_ seen: CaptureObservation, for time: Duration) -> Bool {
        guard let bytes = seen.capture?.bytes else { return false }
        return Double(bytes) + (time / .seconds(1) + lateness) * fastest < Double(seen.byteLimit)
    }

    /// Whether it may have been half full or more.
    func isNearLimit(_ seen: CaptureObservation) -> Bool {
        let half = Double(seen.byteLimit) / 2
        if let bytes = seen.capture?.bytes { return Double(bytes) >= half }
        guard seen.capture != nil, let told else { return true }
        let passed = max(0, seen.ended.timeIntervalSince(told.at)) + Self.lateness
        return Double(told.bytes) + passed * Self.fastest >= half
    }
}
