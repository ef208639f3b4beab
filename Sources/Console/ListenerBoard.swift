import FoundationEssentials
import Recovery
import Synchronization

/// What became of each listener, for the status to show.
public final class ListenerBoard: Sendable {
    private let reports = Mutex<[ListenerReport]>([])
    private let onChange: @Sendable (ListenerReport) -> Void

    /// Creates a board without listeners.
    ///
    /// - Parameter onChange: is told what became of a listener, each time that one opens or fails.
    public init(onChange: @escaping @Sendable (ListenerReport) -> Void = { _ in }) {
        self.onChange = onChange
    }

    /// The listeners, in the order in which they were first told of.
    public var listeners: [ListenerReport] { self.reports.withLock { $0 } }

    func opened(_ address: String) { self.set(ListenerReport(address: address, listening: true)) }

    func failed(_ address: String, _ error: OperationError, now: Date) {
        let before = self.listeners.first { $0.address == address }?.error
        let since = before?.code == error.code ? before?.since : now
        self.set(
            ListenerReport(
                address: address,
                listening: false,
                error: ErrorReport(code: error.code, message: error.message, hint: error.hint, since: since)
            )
        )
    }

    private func set(_ report: ListenerReport) {
        self.reports.withLock { reports in
            if let index = reports.firstIndex(where: { $0.address == report.address }) {
                reports[index] = report
            } else {
                reports.append(report)
            }
        }
        self.onChange(report)
    }
}
