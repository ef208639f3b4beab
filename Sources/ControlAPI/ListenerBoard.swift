import ControlModel
import ErrorCodes
import FoundationEssentials
import Synchronization

/// What became of each listener, for the status to show.
package final class ListenerBoard: Sendable {
    private struct State {
        var reports: [ListenerReport] = []
        /// The addresses in the order in which they are shown.
        var order: [String] = []
    }

    private let state = Mutex(State())
    private let onChange: @Sendable (ListenerReport) -> Void

    /// Creates a board without listeners.
    ///
    /// - Parameter onChange: is told what became of a listener, each time that one opens or fails.
    package init(onChange: @escaping @Sendable (ListenerReport) -> Void = { _ in }) {
        self.onChange = onChange
    }

    /// The listeners that something is known of, in the order in which they are expected, others before them.
    package var listeners: [ListenerReport] {
        self.state.withLock { state in
            let others = state.reports.filter { !state.order.contains($0.address) }
            return others + state.order.compactMap { address in state.reports.first { $0.address == address } }
        }
    }

    /// Says which listeners there will be.
    func expect(_ addresses: [String]) { self.state.withLock { $0.order = addresses } }

    func opened(_ address: String) { self.set(ListenerReport(address: address, listening: true)) }

    func failed(_ address: String, _ error: OperationError, now: Date) {
        let before = self.listeners.first { $0.address == address }?.error
        let since = before?.code == error.code.rawValue ? before?.since : now
        self.set(
            ListenerReport(
                address: address,
                listening: false,
                error: ErrorReport(code: error.code, message: error.message, hint: error.hint, since: since)
            )
        )
    }

    private func set(_ report: ListenerReport) {
        self.state.withLock { state in
            if let index = state.reports.firstIndex(where: { $0.address == report.address }) {
                state.reports[index] = report
            } else {
                state.reports.append(report)
            }
        }
        self.onChange(report)
    }
}
