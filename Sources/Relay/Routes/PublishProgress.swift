/// How far a route's relay has got with its store, at one moment.
package struct PublishProgress: Sendable, Hashable {
    /// Messages that the store has confirmed, since the route was made.
    package var confirmed: Int
    /// These and those that it may yet confirm.
    package var published: Int
}
