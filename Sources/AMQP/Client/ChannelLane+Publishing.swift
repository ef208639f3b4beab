import NIOCore

/// Messages of one's own.
extension ChannelLane {
    /// Publishes a message of one's own.
    ///
    /// - Returns: the number of the publish on a channel in confirm mode.
    /// - Throws: ``AMQPError`` where a name or a property can't be put on the wire, or the channel is closed.
    @discardableResult
    public func publish(
        _ body: ByteBuffer,
        properties: BasicProperties,
        exchange: String,
        routingKey: String,
        mandatory: Bool = false
    ) throws(AMQPError) -> UInt64 {
        if let failure { throw failure }
        var refusal: WireError?
        handler.append { out in
            do throws(WireError) {
                try out.writeMessage(
                    body,
                    properties: properties,
                    publish: BasicPublish(exchange: exchange, routingKey: routingKey, mandatory: mandatory),
                    channel: number,
                    frameMaximum: frameMaximum
                )
            } catch {
                refusal = error
            }
        }
        if let refusal {
            throw AMQPError(.invalidArgument, reason: "\(refusal)", attempted: "publish to exchange '\(exchange)'")
        }
        return takeSequence()
    }

    /// Publishes a message and tells what the broker said of it. The channel must be in confirm mode.
    ///
    /// - Parameter flushes: whether it is sent at once; else at the next flush.
    func publishAwaitingConfirm(
        _ body: ByteBuffer,
        properties: BasicProperties,
        exchange: String,
        routingKey: String,
        mandatory: Bool,
        flushes: Bool = true
    ) -> EventLoopFuture<PublishResult> {
        let promise = eventLoop.makePromise(of: PublishResult.self)
        do throws(AMQPError) {
            if let failure { throw failure }
            guard askedForConfirms else {
                throw AMQPError(
                    .invalidArgument,
                    reason: "the channel is not in confirm mode: call selectConfirms() first"
                )
            }
            let sequence = try publish(
                body,
                properties: properties,
                exchange: exchange,
                routingKey: routingKey,
                mandatory: mandatory
            )
            let likeness = ReturnLikeness(
                exchange: exchange,
                routingKey: routingKey,
                properties: properties,
                body: body
            )
            awaited.add(sequence, promise, likeness: mandatory ? likeness : nil)
            if flushes { flush() }
        } catch {
            promise.fail(error)
        }
        return promise.futureResult
    }

    /// Publishes a message without awaiting a word of it; completes once the socket has room for more.
    func publishWithoutConfirm(
        _ body: ByteBuffer,
        properties: BasicProperties,
        exchange: String,
        routingKey: String,
        mandatory: Bool
    ) -> EventLoopFuture<Void> {
        do throws(AMQPError) {
            try publish(
                body,
                properties: properties,
                exchange: exchange,
                routingKey: routingKey,
                mandatory: mandatory
            )
        } catch {
            return eventLoop.makeFailedFuture(error)
        }
        flush()
        return handler.whenWritable()
    }
}
