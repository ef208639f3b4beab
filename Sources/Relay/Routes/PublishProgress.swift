/// How far a route's relay has got with its store, at one moment.
package struct PublishProgress: Sendable, Hashable {
    /// Which of the routes that this process made: a later one has a higher number.
    package var relay: Int
    /// Messages that the store has confirmed, since the route was made.
    package var confirmed: Int
    /// These and those that it may yet confirm.
    package var published: Int
}
