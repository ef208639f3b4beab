import AMQP

extension PumpSession {
    /// Receives deliveries for a session.
    final class SourceReceiver: ChannelReceiver {
        private let session: PumpSession
        init(_ session: PumpSession) { self.session = session }
        func received(_ batch: DeliveryBatch) { session.received(batch) }
        func consumerCancelled(tag: String) {
            session.fail(
                .source(
                    AMQPError(
                        .cancelledByBroker,
                        reason: "the broker ended the consumer: its queue was deleted or moved"
                    )
                )
            )
        }
        func closed(_ error: AMQPError) { session.sourceClosed(error) }
    }

    /// Receives confirms and returns for a session.
    final class DestinationReceiver: ChannelReceiver {
        private let session: PumpSession
        init(_ session: PumpSession) { self.session = session }
        func received(_ confirms: [Confirm]) { session.received(confirms) }
        func returned(_ message: ReturnedMessage) { session.returned(message) }
        func publishabilityChanged() { session.publishabilityChanged() }
        func closed(_ error: AMQPError) { session.destinationClosed(error) }
    }
}
