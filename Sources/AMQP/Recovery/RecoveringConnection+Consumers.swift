import Synchronization

/// Consumers that end.
extension RecoveringConnection {
    /// The broker, or its channel, ended a consumer although the connection stands.
    func consumerEnded(_ consumer: ConsumerFeed, channelID: Int, _ error: AMQPError?) {
        _ = state.withLock { $0.remove(consumer, channel: channelID) }
        consumer.buffer.finish(error)
        if let error, error.code == .channelClosedByBroker { channelEnded(channelID, error) }
    }

    func cancelConsumer(_ consumer: ConsumerFeed, channelID: Int) async {
        let channel = state.withLock { state -> AMQPChannel? in
            let live = state.channels[channelID]?.live
            let wasThere = state.remove(consumer, channel: channelID)
            return wasThere ? live : nil
        }
        // On a channel whose connection is gone this fails at once, and nothing starts the consumer again.
        try? await channel?.cancelConsumer(consumer.tag)
        consumer.buffer.finish(nil)
    }

    /// A channel has ended although the connection stands.
    func channelEnded(_ id: Int, _ error: AMQPError) {
        let ended = state.withLock { $0.endChannel(id, error, keepsReason: true) }
        for consumer in ended?.consumers ?? [] { consumer.buffer.finish(error) }
        signal.change()
    }

    func closeChannel(_ id: Int) async {
        let error = AMQPError(.closed, reason: "the channel was closed")
        let ended = state.withLock { $0.endChannel(id, error, keepsReason: false) }
        for consumer in ended?.consumers ?? [] { consumer.buffer.finish(error) }
        signal.change()
        try? await ended?.live.close()
    }
}
