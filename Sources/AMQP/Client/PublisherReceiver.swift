import DequeModule
import NIOCore

/// The event loop's side of a ``PipelinedPublisher``: sends what waits, and counts what the broker says.
final class PublisherReceiver: ChannelReceiver {
    private let lane: ChannelLane
    private let state: PublisherState
    private var spare = ByteBuffer()
    /// Whether the broker has spoken of each message from ``lowest`` on.
    private var settled: Deque<Bool> = []
    private var lowest: UInt64
    /// Returned messages whose confirm is still to come: a return precedes the confirm that covers it.
    private var returns = 0

    init(lane: ChannelLane, state: PublisherState) {
        self.lane = lane
        self.state = state
        lowest = lane.nextSequence
    }

    /// Sends all that waits, unless the broker or the socket takes no more: then once they do again.
    func send() {
        guard lane.canPublish else { return }
        let count = state.takePending(into: &spare)
        guard count > 0 else { return }
        lane.publish(encoded: spare, count: count)
        for _ in 0..<count { settled.append(false) }
        lane.flush()
    }

    func publishabilityChanged() { send() }

    func returned(_ message: ReturnedMessage) { returns += 1 }

    func received(_ confirms: [Confirm]) {
        var (confirmed, refused) = (0, 0)
        for confirm in confirms {
            let count = settle(confirm)
            if confirm.isPositive { confirmed += count } else { refused += count }
        }
        let returned = min(returns, confirmed)
        returns -= returned
        state.settled(confirmed: confirmed - returned, refused: refused, returned: returned)
        // Room may have been made for messages that waited for it.
        send()
    }

    /// Returns how many messages a confirm speaks of for the first time.
    private func settle(_ confirm: Confirm) -> Int {
        guard confirm.sequence >= lowest, confirm.sequence - lowest < UInt64(settled.count) else { return 0 }
        let index = Int(confirm.sequence - lowest)
        var count = 0
        if confirm.isMultiple {
            for _ in 0...index where settled.popFirst() == false { count += 1 }
            lowest = confirm.sequence + 1
        } else if !settled[index] {
            settled[index] = true
            count = 1
        }
        while settled.first == true {
            settled.removeFirst()
            lowest += 1
        }
        return count
    }

    func closed(_ error: AMQPError) { state.fail(error) }
}
