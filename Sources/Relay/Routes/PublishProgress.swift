/// How far a route's relay has got with its store, at one moment.
public struct PublishProgress: Sendable, Hashable {
    /// Messages that the store has confirmed, since the route was made.
    public var confirmed: Int
    /// These and those that it may yet confirm.
    public var published: Int
}
