import NIOCore

/// What follows from a frame of the broker's.
extension StreamConnectionHandler {
    func perform(_ action: Machine.Action) {
        switch action {
        case .none:
            break
        case .send(let frame):
            send(frame)
        case .tune(let answer, let open):
            writer = PublishWriter(negotiated: machine.negotiated.frameMaximum)
            send(answer)
            send(open)
        case .opened:
            handshakeFinished()
        case .answer(let promise, let response):
            promise.succeed(response)
        case .deliver(let subscription, let committedOffset, let bytes):
            deliver(bytes, committedOffset, subscription)
        case .confirmed(let publisher, let ids):
            receiver?.confirmed(ids, publisher: publisher)
        case .refused(let publisher, let refusals):
            receiver?.refused(refusals, publisher: publisher)
        case .creditRefused(let subscription, let code):
            receiver?.creditRefused(code, subscription: subscription)
        case .metadataChanged(let change):
            receiver?.metadataChanged(change)
        case .consumerUpdate(let subscription, let isActive, let correlation):
            let offset = receiver?.consumerUpdated(isActive: isActive, subscription: subscription)
            let response = Response(code: .ok, content: .offsetSpecification(offset))
            send(.response(.consumerUpdate, response, correlation: correlation))
        case .closedByBroker(let error, let answer):
            send(answer)
            fail(error)
        case .closed:
            fail(StreamError(.closed, reason: "the connection was closed"))
        }
    }

    private func deliver(_ bytes: ByteBuffer, _ committedOffset: UInt64?, _ subscription: UInt8) {
        do throws(ChunkError) {
            let chunk = try Chunk(reading: bytes, committedOffset: committedOffset)
            do throws(ChunkError) {
                try chunk.verifyChecksum()
            } catch {
                return failWithGoodbye(corrupted(subscription, "the chunk at offset \(chunk.firstOffset): \(error)"))
            }
            receiver?.received(chunk, subscription: subscription)
        } catch {
            failWithGoodbye(corrupted(subscription, "\(error)"))
        }
    }

    private func corrupted(_ subscription: UInt8, _ reason: String) -> StreamError {
        let stream = machine.subscriptions[subscription] ?? "?"
        return StreamError(.corruptedChunk, reason: "the stream '\(stream)' gave a damaged chunk: \(reason)")
    }
}
