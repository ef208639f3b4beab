import NIOCore

/// The open channels of a connection, and the way of what arrives to them. Confined to the event loop.
final class OpenChannels {
    private var decoder = InboundDecoder()
    private var lanes = ChannelTable<ChannelLane>()
    private var hasEnded = false
    private let log: ConnectionLog

    init(log: ConnectionLog) { self.log = log }

    /// The largest payload that may come; negotiated.
    var maximumPayload: Int {
        get { decoder.maximumPayload }
        set { decoder.maximumPayload = newValue }
    }

    // MARK: Opening and closing

    /// Opens a channel under the lowest free number.
    ///
    /// - Parameter highest: the highest number that was agreed on; 0 for none.
    func open(upTo highest: UInt16, _ make: (UInt16) -> ChannelLane) throws(AMQPError) -> ChannelLane {
        let highest = highest == 0 ? UInt16.max : highest
        guard let number = lanes.lowestFree(upTo: highest) else {
            throw AMQPError(.notSupported, reason: "all \(highest) channels of the connection are in use")
        }
        let lane = make(number)
        lanes.insert(lane, at: number)
        decoder.open(number)
        return lane
    }

    func close(_ number: UInt16) {
        decoder.close(number)
        lanes.remove(number)
    }

    /// Notes a consumer, before it is started: what is delivered for one that is not noted ends the connection.
    ///
    /// - Returns: its number on the channel; `nil` where the channel has a consumer of this tag.
    @discardableResult
    func addConsumer(_ tag: String, channel: UInt16) -> Int? {
        decoder.addConsumer(Array(tag.utf8), channel: channel)
    }

    func removeConsumer(_ tag: String, channel: UInt16) {
        decoder.removeConsumer(Array(tag.utf8), channel: channel)
    }

    func recycle(_ batch: DeliveryBatch) { decoder.recycle(batch) }

    /// The connection has ended.
    func fail(_ error: AMQPError) {
        hasEnded = true
        for lane in lanes.removeAll() { lane.connectionFailed(error) }
    }

    // MARK: What arrives

    /// Takes frames from `buffer` and hands them to their channels.
    ///
    /// - Returns: the next method of the connection itself; `nil` where no whole frame is left.
    func dispatch(_ buffer: inout ByteBuffer) throws(ProtocolViolation) -> Method? {
        while !hasEnded {
            switch try decoder.next(&buffer) {
            case .needsMore:
                return nil
            case .method(let method, 0):
                log.received(method, channel: 0)
                // What came before the end of the connection still counts, the confirms above all.
                if method.id == .connectionClose || method.id == .connectionCloseOK { dispatchReady() }
                return method
            case .method(let method, let channel):
                // What came before on this channel is delivered first, so that its order is kept.
                dispatchReady()
                guard let lane = lanes[channel] else { throw .closedChannel(channel) }
                log.received(method, channel: channel)
                try lane.received(method)
            case .content(let method, let content, let channel):
                dispatchReady()
                log.received(method, channel: channel)
                try lanes[channel]?.received(method, content)
            }
        }
        return nil
    }

    /// Hands on the deliveries and confirms that were collected.
    func dispatchReady() {
        while let ready = decoder.takeReady() {
            guard let lane = lanes[ready.channel] else { continue }
            log.received(ready)
            if !ready.confirms.isEmpty { lane.received(ready.confirms) }
            if let batch = ready.batch { lane.receiver?.received(batch) }
        }
    }

    /// All of one read has been taken.
    func readCompleted() {
        dispatchReady()
        for lane in lanes.all { lane?.receiver?.readCompleted() }
    }

    /// Publishing may be possible again, or is not.
    func publishabilityChanged() {
        for lane in lanes.all { lane?.receiver?.publishabilityChanged() }
    }
}
