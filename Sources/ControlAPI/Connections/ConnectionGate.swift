import Logging
import NIOCore
import Synchronization

/// Lets clients in to one listener, as many as may be, and closes connections to make room for others.
final class ConnectionGate: Sendable {
    private struct State {
        var ledger: ConnectionLedger
        var channels: [Int: any Channel] = [:]
        /// How fast those send requests that sent some lately.
        var paces: [ClientAddress: RequestPace] = [:]
        /// How many connections were closed or refused since that was last logged.
        var untold = 0
        var lastTold: ContinuousClock.Instant?
    }

    /// How long nothing is logged of further ones that were closed or refused.
    private static let quietTime = Duration.seconds(60)

    let limits: ConnectionLimits
    private let state: Mutex<State>
    private let start = ContinuousClock.now
    private let logger: Logger

    init(_ limits: ConnectionLimits, logger: Logger) {
        self.limits = limits
        self.state = Mutex(State(ledger: ConnectionLedger(limits)))
        self.logger = logger
    }

    /// Lets a connection in.
    ///
    /// - Returns: what it is known by; `nil` where it must be closed.
    func admit(_ channel: any Channel) -> Int? {
        let address = ClientAddress(channel.remoteAddress)
        let (id, closing, told) = self.state.withLock { state -> (Int?, (any Channel)?, Int?) in
            switch state.ledger.admit(address) {
            case .refused:
                return (nil, nil, Self.count(&state))
            case .admitted(let id, let closing):
                state.channels[id] = channel
                guard let closing else { return (id, nil, nil) }
                return (id, state.channels.removeValue(forKey: closing), Self.count(&state))
            }
        }
        closing?.close(promise: nil)
        if let told {
            self.logger.warning(
                "as many clients are connected to the API as may be: idle connections are closed for new ones",
                metadata: ["closed": "\(told)", "most": "\(self.limits.total)", "each": "\(self.limits.perAddress)"]
            )
        }
        if let id {
            channel.closeFuture.whenComplete { _ in
                self.state.withLock { state in
                    state.ledger.closed(id)
                    state.channels[id] = nil
                }
            }
        }
        return id
    }

    /// A request came from an address.
    ///
    /// - Returns: how long it has to wait.
    func wait(_ address: ClientAddress) -> TimeAmount {
        let now = ContinuousClock.now - self.start
        return self.state.withLock { state in
            if state.paces[address] == nil {
                // Who sends no more requests is forgotten, at the latest when as many have come as may be connected.
                if state.paces.count >= self.limits.total { state.paces = state.paces.filter { !$1.isFresh(at: now) } }
                state.paces[address] = RequestPace(perSecond: self.limits.requestsPerSecond, burst: self.limits.burst)
            }
            return TimeAmount(state.paces[address]?.take(at: now) ?? .zero)
        }
    }

    /// Takes note of whether the daemon works for a connection.
    func set(_ id: Int, busy: Bool) {
        self.state.withLock { busy ? $0.ledger.becameBusy(id) : $0.ledger.becameIdle(id) }
    }

    /// Counts a connection that was closed or refused.
    ///
    /// - Returns: how many there were since the last time, if that is to be logged now.
    private static func count(_ state: inout State) -> Int? {
        state.untold += 1
        let now = ContinuousClock.now
        if let last = state.lastTold, now - last < Self.quietTime { return nil }
        state.lastTold = now
        defer { state.untold = 0 }
        return state.untold
    }
}
