import ControlModel
import Pump

extension CountersReport {
    /// What a pump has done.
    init(_ counters: PumpCounters) {
        self.init(
            received: Int(clamping: counters.received),
            redelivered: Int(clamping: counters.redelivered),
            published: Int(clamping: counters.published),
            confirmed: Int(clamping: counters.confirmed),
            refused: Int(clamping: counters.refused),
            returned: Int(clamping: counters.returned),
            quarantined: Int(clamping: counters.quarantined),
            bytes: Int(clamping: counters.bytes)
        )
    }
}
