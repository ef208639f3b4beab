import Leadership
import Management

/// An exchange that stands in for the application's, and what is bound to that.
struct StagedExchange: Sendable {
    var type: String
    /// Without those of Ropeway's own objects.
    var bindings: [Management.Binding]
    /// Ropeway's capture for the way back, where it takes what is replayed, as far as a queue does.
    var capture: String?

    /// What is bound in a stage: everything but what is to come later.
    func bindings(without later: ArraySlice<PairRecord.Window.Stage>) -> StageBindings {
        let queues = Set(later.flatMap(\.queues))
        let exchanges = Set(later.flatMap(\.exchanges))
        let due = bindings.filter {
            !($0.destinationType == .queue ? queues : exchanges).contains($0.destination)
        }
        let captured = capture.map { capture in
            due.map { binding in
                var binding = binding
                binding.destination = capture
                binding.destinationType = .queue
                return binding
            }
        }
        return StageBindings(type: type, bindings: due + (captured ?? []))
    }
}

/// What is bound to the exchange beside the application's while a stage of a replay runs.
struct StageBindings: Sendable {
    /// The type of the exchange.
    var type: String
    var bindings: [Management.Binding]

    /// What leads somewhere: by whatever exchange.
    private struct Way: Hashable {
        var destination: String
        var type: Management.Binding.DestinationType
        var routingKey: String
        var arguments: [String: JSONValue]

        /// Arguments decide where an exchange of headers routes, and nowhere else; numbers among them may come back in
        /// another notation.
        init(_ binding: Management.Binding, of type: String) {
            destination = binding.destination
            self.type = binding.destinationType
            routingKey = binding.routingKey
            arguments = type == "headers" ? binding.arguments : [:]
        }

        /// FNV-1a, which is the same in every process.
        var fingerprint: UInt32 {
            let given = arguments.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            let text = ([type.rawValue, destination, routingKey] + given).joined(separator: "\u{0}")
            return text.utf8.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 }
        }
    }

    /// More are not kept in a cursor.
    private static let mostFingerprints = 500

    /// By which the bindings are known again by a run to come; `nil` where there are too many.
    var fingerprints: [UInt32]? {
        bindings.count > Self.mostFingerprints ? nil : bindings.map { Way($0, of: type).fingerprint }
    }

    /// Only what had been bound by a run before: the application may have bound more since.
    func keeping(_ fingerprints: [UInt32]?) -> StageBindings {
        guard let fingerprints else { return self }
        let known = Set(fingerprints)
        return StageBindings(type: type, bindings: bindings.filter { known.contains(Way($0, of: type).fingerprint) })
    }

    /// What of it is not there.
    func missing(from found: [Management.Binding]) -> [Management.Binding] {
        let ways = Set(found.map { Way($0, of: type) })
        return bindings.filter { !ways.contains(Way($0, of: type)) }
    }

    /// Those of its bindings whose lack matters: a queue that was deleted, or unbound from the application's exchange as
    /// well, is to get nothing more.
    ///
    /// - Parameter wanted: the bindings of the application's exchange.
    func harmful(_ missing: [Management.Binding], wanted: [Management.Binding]) -> [Management.Binding] {
        let ways = Set(wanted.map { Way($0, of: type) })
        // The capture has bindings of its own there.
        let own = Set(wanted.map(\.destination).filter { $0.hasPrefix("ropeway.") })
        return missing.filter { ways.contains(Way($0, of: type)) || own.contains($0.destination) }
    }
}

/// Somebody changed what a stage of a replay leads to, or it could not be seen for long.
struct StageChange: Error {
    /// What is not as it was made.
    var what: String
    /// Whether messages may have gone elsewhere without anybody being told: not so where the exchange is gone, to which
    /// the broker refuses publishes.
    var mayHaveLost = true
    /// Whether it helps to begin again.
    var mayBeMended = true
}
