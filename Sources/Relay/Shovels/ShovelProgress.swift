import Foundation
import Pump
import RopewayConfiguration

/// How far a shovel came that has ended, for the one that goes on in its place.
package struct ShovelProgress: Sendable {
    /// What it did, and those before it.
    package var counters: PumpCounters
    /// When the first of them was started.
    package var begun: Date?
    /// How many messages were left until it would have been completed; `nil` where no number ends it, or it was not known.
    package var remaining: UInt64?
    /// What it was to end with.
    private var source: ShovelConfiguration.Source?

    init(counters: PumpCounters, begun: Date?, remaining: UInt64?, source: ShovelConfiguration.Source) {
        self.counters = counters
        self.begun = begun
        self.remaining = remaining
        self.source = source
    }

    /// Nothing was done before.
    package static let none = ShovelProgress()

    private init() { counters = PumpCounters() }

    /// What counts for a shovel of this configuration: all of it where it takes from the same place until the same end,
    /// else only the numbers.
    func followed(by configuration: ShovelConfiguration) -> ShovelProgress {
        if source == configuration.source { return self }
        var progress = ShovelProgress()
        progress.counters = counters
        return progress
    }
}
