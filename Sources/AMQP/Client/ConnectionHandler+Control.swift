import NIOCore
import Transport

/// What the broker says of the connection itself, on channel 0.
extension ConnectionHandler {
    /// Does what follows from a method of the broker's.
    func perform(_ action: ConnectionMachine.Action) {
        switch action {
        case .none:
            break
        case .send(let method):
            write(method, channel: 0)
            flush()
        case .tune(let negotiated, let tuneOK, let open):
            tuned(negotiated)
            write(tuneOK, channel: 0)
            write(open, channel: 0)
            flush()
        case .opened:
            handshakeFinished()
        case .blocked(let reason):
            log.blocked(reason)
            publishing.changed(to: .blocked(reason: reason))
            channels.publishabilityChanged()
        case .unblocked:
            log.unblocked()
            publishing.changed(to: .open)
            channels.publishabilityChanged()
        case .secretUpdated:
            if !secretUpdates.isEmpty { secretUpdates.removeFirst().succeed() }
        case .closedByBroker(let error):
            write(.connectionCloseOK(ConnectionCloseOK()), channel: 0)
            flush()
            fail(error)
        case .closed:
            fail(AMQPError(.closed, reason: "the connection was closed"))
        }
    }

    func makeHeartbeat(_ interval: UInt16) -> HeartbeatTimer {
        HeartbeatTimer(interval: interval, on: eventLoop) { [weak self] in
            self?.isReading ?? false
        } act: { [weak self] action in
            guard let self, self.failure == nil else { return }
            switch action {
            case .send: self.sendHeartbeat()
            case .giveUp: self.fail(AMQPError(.heartbeatTimedOut, reason: "nothing came for two heartbeat intervals"))
            case .none: break
            }
        }
    }
}
