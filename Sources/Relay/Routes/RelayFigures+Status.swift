import Consumption
import Forecast
import NIOCore
import Pump

extension RelayFigures {
    /// How far a pump has got with a capture. Canaries are no messages.
    ///
    /// - Parameter canaries: how many of them the pump was given.
    init(_ status: PumpStatus, window: Int, _ positions: RoutePositions, canaries: UInt64) {
        let counters = status.counters
        let settled = counters.confirmed + counters.quarantined + counters.skipped
        let isRunning =
            switch status.phase {
            case .running, .blocked: true
            case .idle, .connecting, .waiting, .paused, .finished: false
            }
        self.init(
            received: counters.received - min(counters.received, canaries),
            redelivered: counters.redelivered,
            settled: settled - min(settled, canaries),
            unsettled: status.unsettled,
            window: window,
            runs: status.runs,
            isRunning: isRunning,
            holdsBack: status.blockers?.contains(where: \.holdsBack) ?? false,
            ranUntil: status.ranUntil.map { Int64($0.uptimeNanoseconds / 1_000_000) },
            leftUnsettled: status.leftUnsettled,
            lastReceived: positions.lastReceived?.milliseconds
        )
    }
}

extension RelayFigures {
    /// How far a pump has got with a stream, in its offsets. What the stream has delivered is still there.
    init(_ status: PumpStatus, _ reached: ChunkProgress) {
        let taken = reached.taken ?? 0
        let copied = min(reached.copied ?? 0, taken)
        self.init(
            received: taken,
            settled: copied,
            unsettled: Int(clamping: taken - copied),
            window: 0,
            runs: status.runs,
            isRunning: status.phase == .running,
            holdsBack: status.blockers?.contains(where: \.holdsBack) ?? false
        )
    }
}

extension PumpBlocker {
    /// Whether it may have the pump leave unread what its source has sent.
    fileprivate var holdsBack: Bool {
        switch self {
        case .alarm, .flow, .socket, .refused, .window, .rate: true
        case .confirms, .nothingToDo: false
        }
    }
}
