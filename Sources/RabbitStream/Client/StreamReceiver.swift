/// Receives what arrives on a stream connection, on its event loop, without a hop. It may call the connection's own
/// methods for the event loop, ``StreamConnection/publish(_:publisher:)`` and ``StreamConnection/credit(_:subscription:)``.
///
/// It may keep the connection, which lets go of it when it has ended. Every method has a default that does nothing.
public protocol StreamReceiver: AnyObject {
    /// A chunk, whose checksum was verified. It has taken one credit of the subscription, which begins with a whole chunk:
    /// the first may have messages before the offset that was asked for.
    func received(_ chunk: Chunk, subscription: UInt8)
    /// The broker has what was published under these ids, or had something under a higher id of the publisher's reference.
    func confirmed(_ ids: PublishingIDs, publisher: UInt8)
    /// The broker did not take what was published under these ids.
    func refused(_ refusals: [PublishRefusal], publisher: UInt8)
    /// The broker did not take credit, as for a subscription that has ended.
    func creditRefused(_ code: ResponseCode, subscription: UInt8)
    /// The socket takes bytes again, or no more: see ``StreamConnection/canWrite``.
    func writabilityChanged()
    /// A stream was deleted or lost its leader; its publishers and subscriptions on this connection are gone.
    func metadataChanged(_ change: StreamChange)
    /// A single active consumer becomes active, or is no more. Where it becomes active it says where to begin; `nil` goes
    /// by what the subscription asked for.
    func consumerUpdated(isActive: Bool, subscription: UInt8) -> OffsetSpecification?
    /// All frames of one read have been delivered. What was written meanwhile is sent after this.
    func readCompleted()
    /// The connection is gone. Nothing comes after this.
    func closed(_ error: StreamError)
}

extension StreamReceiver {
    public func received(_ chunk: Chunk, subscription: UInt8) {}
    public func confirmed(_ ids: PublishingIDs, publisher: UInt8) {}
    public func refused(_ refusals: [PublishRefusal], publisher: UInt8) {}
    public func creditRefused(_ code: ResponseCode, subscription: UInt8) {}
    public func writabilityChanged() {}
    public func metadataChanged(_ change: StreamChange) {}
    public func consumerUpdated(isActive: Bool, subscription: UInt8) -> OffsetSpecification? { nil }
    public func readCompleted() {}
    public func closed(_ error: StreamError) {}
}
