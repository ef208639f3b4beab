/// The watermarks of a pair, as they stand on the standby site.
package struct Watermarks: Sendable, Hashable {
    /// How many queues it holds at most, those of all routes together.
    package static let limit = 10_000
    /// The longest name, in bytes: RabbitMQ's own limit. Also that of an incarnation.
    package static let longestName = 255

    /// The epoch whose positions they are.
    package let epoch: Int
    /// The generation of the lock under which it was written last.
    package private(set) var generation: Int
    /// By route and queue.
    package private(set) var routes: [String: [String: Watermark]] = [:]

    /// Creates an empty one.
    package init(epoch: Int, generation: Int) {
        self.epoch = epoch
        self.generation = generation
    }

    /// How many queues it holds.
    package var count: Int { routes.values.reduce(0) { $0 + $1.count } }

    /// The watermark of a queue, if it is that of this incarnation.
    package func watermark(route: String, queue: String, incarnation: String?) -> Watermark? {
        guard let watermark = routes[route]?[queue], watermark.incarnation == incarnation else { return nil }
        return watermark
    }

    /// Where the replay of a route has to begin so that each of these queues gets what may be unconsumed. `nil`: at the
    /// very beginning, since of one nothing is known.
    package func oldest(route: String, queues: some Sequence<String>) -> Position? {
        var oldest: Position?
        for queue in queues {
            guard let position = routes[route]?[queue]?.position else { return nil }
            oldest = min(oldest ?? position, position)
        }
        return oldest
    }

    /// Notes a watermark. One of the same incarnation never goes back, one of another takes the place.
    ///
    /// - Returns: whether it stands; not where there is no room, or a name is longer than RabbitMQ has them.
    @discardableResult
    package mutating func note(_ watermark: Watermark, route: String, queue: String) -> Bool {
        guard Self.isName(route), Self.isName(queue), watermark.incarnation.map(Self.isName) ?? true else {
            return false
        }
        if let known = routes[route]?[queue] {
            guard
                known.incarnation != watermark.incarnation || known.position < watermark.position
                    || (known.position == watermark.position && known.evidence <= watermark.evidence)
            else { return false }
        } else {
            guard count < Self.limit else { return false }
        }
        routes[route, default: [:]][queue] = watermark
        return true
    }

    /// Drops what belongs to no queue that there is.
    package mutating func keep(where isKept: (_ route: String, _ queue: String) -> Bool) {
        for (route, queues) in routes {
            let kept = queues.filter { isKept(route, $0.key) }
            routes[route] = kept.isEmpty ? nil : kept
        }
    }

    /// Takes what was written besides, in whichever order they are met: a later epoch takes the place of an earlier one;
    /// within an epoch nothing goes back; of two incarnations, that of the higher generation counts, then `other`'s.
    package mutating func merge(_ other: Watermarks) {
        if other.epoch > epoch { self = other }
        guard other.epoch == epoch else { return }
        for (route, queues) in other.routes {
            for (queue, watermark) in queues {
                let known = routes[route]?[queue]
                if let known, known.incarnation != watermark.incarnation, other.generation < generation { continue }
                note(watermark, route: route, queue: queue)
            }
        }
        generation = max(generation, other.generation)
    }

    /// The same ones, written under a generation of the lock.
    package func written(under generation: Int) -> Watermarks {
        var written = self
        written.generation = generation
        return written
    }

    private static func isName(_ name: String) -> Bool { name.utf8.count <= longestName }
}
