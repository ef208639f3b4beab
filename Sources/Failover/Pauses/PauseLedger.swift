import FoundationEssentials
import Leadership
import Relay

/// Which routes and shovels of a pair an operator has paused, and when they were resumed: as it is kept on the brokers.
///
/// A value without clock and connections. Of two copies, the later word on a name counts.
package struct PauseLedger: Sendable, Hashable {
    /// The last word on one route or shovel.
    package struct Mark: Sendable, Hashable, Codable {
        package var isPaused: Bool
        /// To the millisecond.
        package var at: Date
        /// Who said so.
        package var by: String

        package init(isPaused: Bool, at: Date, by: String) {
            self.isPaused = isPaused
            self.at = at.roundedToMilliseconds
            self.by = by
        }

        /// Whether it counts more than another: it is later, or at the same instant says that nothing is moved.
        fileprivate func counts(over other: Mark) -> Bool {
            at == other.at ? isPaused && !other.isPaused : at > other.at
        }
    }

    /// More names than these are not kept; the newest stay, and what is paused before what is not.
    package static let limit = 500

    package private(set) var marks: [String: Mark] = [:]

    package init() {}

    /// The names of what is paused.
    package var paused: Set<String> { Set(marks.filter(\.value.isPaused).keys) }

    /// Since when something is paused, and by whom; `nil` where it is not.
    package func pause(of name: String) -> Mark? {
        marks[name].flatMap { $0.isPaused ? $0 : nil }
    }

    /// Notes a word of an operator. What is so already stays as it was said first.
    ///
    /// - Returns: whether that changed anything.
    @discardableResult
    package mutating func note(_ name: String, isPaused: Bool, at now: Date, by who: String) -> Bool {
        guard (marks[name]?.isPaused ?? false) != isPaused else { return false }
        // A clock that went back does not make the older word the later one.
        let earliest = marks[name].map { $0.at.addingTimeInterval(0.001) } ?? now
        marks[name] = Mark(isPaused: isPaused, at: max(now, earliest), by: who)
        bound()
        return true
    }

    /// Takes over what another copy has later.
    package mutating func merge(_ other: PauseLedger) {
        for (name, mark) in other.marks where marks[name].map({ mark.counts(over: $0) }) ?? true { marks[name] = mark }
        bound()
    }

    /// Whether what would be written is the same.
    package func isSame(as other: PauseLedger) -> Bool { self == other }

    private mutating func bound() {
        guard marks.count > Self.limit else { return }
        let kept = marks.sorted { one, other in
            one.value.isPaused == other.value.isPaused ? one.value.at > other.value.at : one.value.isPaused
        }
        marks = Dictionary(uniqueKeysWithValues: kept.prefix(Self.limit).map { ($0.key, $0.value) })
    }
}

extension PauseLedger: Codable {
    /// The version of what is written.
    static let version = 1

    private enum CodingKeys: String, CodingKey {
        case version, marks
    }

    private struct Named: Codable {
        var name: String
        var paused: Bool
        var at: Date
        var by: String
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try container.requireVersion(Self.version, forKey: .version)
        for one in try container.decodeIfPresent([Named].self, forKey: .marks) ?? [] {
            let mark = Mark(isPaused: one.paused, at: one.at, by: one.by)
            if marks[one.name].map({ mark.counts(over: $0) }) ?? true { marks[one.name] = mark }
        }
        bound()
    }

    /// What is empty is left out, since RabbitMQ does not keep `{}` and `[]` apart.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Self.version, forKey: .version)
        let named = marks.sorted { $0.key < $1.key }.map { name, mark in
            Named(name: name, paused: mark.isPaused, at: mark.at, by: mark.by)
        }
        if !named.isEmpty { try container.encode(named, forKey: .marks) }
    }
}
