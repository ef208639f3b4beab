extension PairRecord {
    /// What a replay takes of a route's store where it is known what the consumers of the other site had consumed.
    ///
    /// Positions are times at which the relay first saw a message, in milliseconds since 1970. Queues that it does not
    /// name get everything from ``from`` on.
    package struct Window: Sendable, Hashable, Codable {
        /// Messages from before are left out; `nil`: none are.
        package var from: Int64?
        /// What gets only messages from a later position on, by that position.
        package var later: [Stage]

        /// Creates a window.
        package init(from: Int64? = nil, later: [Stage] = []) {
            self.from = from
            self.later = later
        }

        /// A position from which on a replay leads to more of what is bound to the exchange.
        package struct Stage: Sendable, Hashable, Codable {
            /// The position.
            package var from: Int64
            /// The queues that are bound to the exchange and had consumed everything before.
            package var queues: [String]
            /// The exchanges that are bound to it and behind which all queues had consumed everything before.
            package var exchanges: [String]

            /// Creates a stage.
            package init(from: Int64, queues: [String] = [], exchanges: [String] = []) {
                self.from = from
                self.queues = queues
                self.exchanges = exchanges
            }
        }

        /// Whether the positions grow from one stage to the next.
        var isOrdered: Bool {
            var last = from ?? .min
            for stage in later {
                guard stage.from > last else { return false }
                last = stage.from
            }
            return true
        }
    }
}
