import NIOCore

/// For the event loop of the connection: calling these elsewhere is a mistake that ends the process.
extension StreamConnection {
    /// Publishes entries, in their order, in as few frames as can be. They leave with the next ``flush()``, or at the end of
    /// the read that is being processed.
    ///
    /// - Throws: ``StreamError``: messageTooLarge for one that no frame has room for, outputFull where the socket is too far
    ///   behind, notSupported for a filter value that the broker does not take, closed. Nothing is sent then.
    public func publish(_ entries: some Collection<PublishEntry>, publisher: UInt8) throws(StreamError) {
        try handler.value.publish(entries, publisher: publisher)
    }

    /// Publishes one entry; see ``publish(_:publisher:)``.
    public func publish(_ entry: PublishEntry, publisher: UInt8) throws(StreamError) {
        try handler.value.publish(CollectionOfOne(entry), publisher: publisher)
    }

    /// Frames to encode messages into for a publisher; see ``publish(_:)-(PublishFrames)``.
    public func publishFrames(publisher: UInt8) -> PublishFrames {
        PublishFrames(publisher: publisher, maximumFrame: handler.value.writer.maximumFrame)
    }

    /// Publishes the messages of frames, which are empty after that. They leave with the next ``flush()``.
    ///
    /// - Throws: ``StreamError``: outputFull where the socket is too far behind, closed. Nothing is sent then.
    public func publish(_ frames: inout PublishFrames) throws(StreamError) {
        guard frames.byteCount > 0 else { return }
        let handler = handler.value
        try handler.checkOutput()
        var bytes = frames.take()
        if handler.output.append(whole: bytes) { frames.recycle(&bytes) }
    }

    /// Lets the broker send so many chunks more. It leaves as what is published does.
    public func credit(_ chunks: UInt16, subscription: UInt8) {
        handler.value.write(.credit(subscription: subscription, chunks))
    }

    /// Stores an offset under a reference; the broker does not answer. It leaves as what is published does.
    ///
    /// - Throws: ``StreamError``: invalidArgument.
    public func storeOffset(_ offset: UInt64, reference: String, stream: String) throws(StreamError) {
        try handler.value.write(checked: .storeOffset(reference: reference, stream: stream, offset: offset))
    }

    /// Asks the leader of a stream for the sequence of a publisher's reference: completes when it has answered, whatever that
    /// is, and fails with ``StreamError`` where it did not.
    public func askLeader(of stream: String, reference: String) -> EventLoopFuture<Void> {
        handler.value.ask { machine, promise, now throws(StreamError) in
            try machine.request(.queryPublisherSequence(reference: reference, stream: stream), promise, at: now)
        }.flatMapThrowing { try $0.checked() }
    }

    /// Sends what was written since the last flush.
    public func flush() { handler.value.flush() }

    /// Stops or resumes reading, to hold the broker back. One whose writes block for long closes the connection: withholding
    /// credit is the milder way.
    public func setReading(_ reading: Bool) { handler.value.setReading(reading) }

    /// Whether the connection is open and the socket takes bytes.
    public var canWrite: Bool { handler.value.isOpen && handler.value.isWritable }

    /// Bytes that were written and that the socket has not taken yet.
    public var unsentBytes: Int { handler.value.unsentBytes + handler.value.output.pendingBytes }

    /// The largest entry that can be published, its header of up to 11 and its id of 8 bytes included.
    public var maximumEntryBytes: Int { handler.value.writer.maximumEntry }

    /// Frames that were ignored: commands that this library does not know, and what came for ids that have ended.
    public var ignoredFrames: Int { handler.value.machine.ignoredFrames }
}

extension StreamConnectionHandler {
    /// Refuses to publish while the connection is not open, or the socket too far behind.
    func checkOutput() throws(StreamError) {
        if let failure { throw failure }
        guard machine.state == .open else { throw StreamError(.closed, reason: "the connection is being closed") }
        guard unsentBytes + output.pendingBytes <= maximumUnsentBytes else {
            throw StreamError(
                .outputFull,
                reason: "\(unsentBytes + output.pendingBytes) bytes wait for the socket",
                endpoint: endpoint
            )
        }
    }

    func publish(_ entries: some Collection<PublishEntry>, publisher: UInt8) throws(StreamError) {
        try checkOutput()
        if entries.contains(where: { $0.version == 2 }), !machine.supports(.publish, version: 2) {
            let version = machine.serverProperties["version"] ?? "of an unknown version"
            throw StreamError(.notSupported, reason: "the broker, \(version), takes no filter values")
        }
        try writer.write(entries, publisher: publisher, to: &output)
    }

    /// Puts a frame that can always be written into the outgoing bytes.
    func write(_ frame: ClientFrame) {
        guard failure == nil else { return }
        do throws(StreamWireError) {
            try output.append(frame)
        } catch {
            fail(StreamError(.invalidArgument, reason: "\(error)"))
        }
    }

    /// Puts a frame into the outgoing bytes.
    func write(checked frame: ClientFrame) throws(StreamError) {
        if let failure { throw failure }
        do throws(StreamWireError) {
            try output.append(frame)
        } catch {
            throw StreamError(.invalidArgument, reason: "\(error)")
        }
    }
}
