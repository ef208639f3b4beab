import NIOCore

extension ChannelLane {
    /// Starts a consumer (basic.consume). Without a tag it gets one that is unique on this channel.
    ///
    /// - Parameter prepare: called with its tag and its number among the consumers of the channel before anything is
    ///   sent: deliveries may come in the read that brings the answer.
    /// - Returns: its tag.
    func consume(
        _ consume: BasicConsume,
        prepare: (_ tag: String, _ place: Int) -> Void = { _, _ in }
    ) -> EventLoopFuture<String> {
        if let failure { return eventLoop.makeFailedFuture(failure) }
        var consume = consume
        var tag = consume.consumerTag
        var place: Int?
        if tag.isEmpty {
            // A caller may have named one so; no channel has more consumers than this.
            for _ in 0...Int(UInt16.max) where place == nil {
                tag = freshTag()
                place = handler.channels.addConsumer(tag, channel: number)
            }
            consume.consumerTag = tag
        } else {
            place = handler.channels.addConsumer(tag, channel: number)
        }
        guard let place, case let tag = tag else {
            // The broker would close the whole connection.
            let reason = "the channel has a consumer '\(tag)' already"
            return eventLoop.makeFailedFuture(AMQPError(.invalidArgument, reason: reason))
        }
        prepare(tag, place)
        let answer = call(.basicConsume(consume), answer: .basicConsumeOK)
        answer.assumeIsolated().whenFailure { _ in self.handler.channels.removeConsumer(tag, channel: self.number) }
        return answer.map { _ in tag }
    }

    /// Starts a consumer whose deliveries go to `sink`, with a limit of its own for what it has unacknowledged.
    ///
    /// The channel must have no receiver but other such consumers.
    func startConsumer(_ consume: BasicConsume, prefetch: UInt16, sink: ConsumerSink) -> EventLoopFuture<String> {
        if receiver == nil { receiver = ConsumerHub(lane: self) }
        guard let hub = receiver as? ConsumerHub else {
            let reason = "the channel has a receiver already; open another channel"
            return eventLoop.makeFailedFuture(AMQPError(.invalidArgument, reason: reason))
        }
        // Both at once: the limit is for the consumers that are started next, and another may be about to be.
        let limited = call(.basicQos(BasicQos(prefetchCount: prefetch)), answer: .basicQosOK)
        var taken: Int?
        let started = self.consume(consume) { tag, place in
            hub.add(sink, tag: tag, place: place, isOfStream: ConsumerHub.isOfStream(consume.arguments))
            taken = place
        }
        let place = taken
        started.assumeIsolated().whenFailure { _ in
            if let place { hub.remove(place: place) } else { hub.leaveIfEmpty() }
        }
        return limited.and(started).map { $1 }
    }
}
