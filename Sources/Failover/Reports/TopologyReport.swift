import ControlModel
import ErrorCodes
import Management
import Topology

/// What `topology diff` and `topology sync` found and did.
package struct TopologyReport: Sendable, Hashable, Codable {
    /// The pair's name.
    package var pair: String
    /// The active site by the record.
    package var active: String
    /// The standby site, which is compared and changed.
    package var standby: String
    /// The pair's epoch; `nil` before the pair was begun.
    @OrNull package var epoch: Int?
    /// Where the wanted definitions come from.
    package var source: Origin
    /// What they are compared with.
    package var target: Origin
    /// How many differences there are of each kind.
    package var counts: [String: Int]
    /// What differs, before anything was done.
    package var differences: [Difference]
    /// What is not copied, and why.
    package var leftOut: [LeftOut]
    /// What acts while nobody uses the standby site, or gets in the way of a replay.
    package var warnings: [Warning]
    /// What was done; `nil` where nothing was to be done.
    @OrNull package var sync: Sync?

    /// Where definitions come from.
    package struct Origin: Sendable, Hashable, Codable {
        /// The site or the file.
        package var name: String
        /// The version of RabbitMQ; `nil` where a file does not tell.
        @OrNull package var version: String?
    }

    /// An object.
    package struct Object: Sendable, Hashable, Codable {
        /// `exchange`, `queue`, `binding`, `policy`, `user`, `permissions`, `topic_permissions` or `operator_policy`.
        package var kind: String
        /// The name; of permissions, the user's; of a binding, both ends and the key in one line.
        package var name: String
        /// The exchange of topic permissions.
        @OrNull package var exchange: String?
        /// The binding, where it is one.
        @OrNull package var binding: Binding?
        /// The object in words.
        package var description: String
    }

    /// A binding.
    package struct Binding: Sendable, Hashable, Codable {
        /// The exchange that it begins at.
        package var source: String
        /// What it leads to.
        package var destination: String
        /// `queue` or `exchange`.
        package var destinationType: String
        /// The routing key.
        package var routingKey: String
        /// The arguments.
        package var arguments: JSONValue

        enum CodingKeys: String, CodingKey {
            case source, destination, arguments
            case destinationType = "destination_type"
            case routingKey = "routing_key"
        }
    }

    /// One difference.
    package struct Difference: Sendable, Hashable, Codable {
        /// `missing`, `changed`, `conflict`, `not_possible` or `only_there`.
        package var kind: String
        /// What is different.
        package var object: Object
        /// In what.
        package var properties: [Property]
        /// Why the standby site can't have it.
        @OrNull package var reason: String?
    }

    /// One property that differs.
    package struct Property: Sendable, Hashable, Codable {
        /// The property or argument.
        package var key: String
        /// What it is wanted to be; `nil`: not set, or a password.
        @OrNull package var source: JSONValue?
        /// What it is at the standby site, likewise.
        @OrNull package var target: JSONValue?
    }

    /// Something that is not copied.
    package struct LeftOut: Sendable, Hashable, Codable {
        /// What.
        package var object: Object
        /// Why, as a stable word.
        package var reason: String
        /// Why, in words.
        package var explanation: String
    }

    /// Something to know.
    package struct Warning: Sendable, Hashable, Codable {
        /// A stable word.
        package var code: String
        /// What happens.
        package var message: String
        /// To what.
        package var objects: [Object]
    }

    /// What was done.
    package struct Sync: Sendable, Hashable, Codable {
        /// How many objects were created, changed and deleted.
        package var done: [String: Int]
        /// What was refused, or may not have been done.
        package var refused: [Refusal]
        /// How many steps were not begun.
        package var notTried: Int
        /// How many steps were left to another sync, since they came after what was shown.
        package var unshown: Int
        /// Why it ended early.
        @OrNull package var error: ErrorReport?

        enum CodingKeys: String, CodingKey {
            case done, refused, unshown, error
            case notTried = "not_tried"
        }
    }

    /// A step that the broker refused.
    package struct Refusal: Sendable, Hashable, Codable {
        /// `create`, `change` or `delete`.
        package var action: String
        /// What it was about.
        package var object: Object
        /// Why.
        package var reason: String
        /// What to do.
        package var hint: String
    }

    enum CodingKeys: String, CodingKey {
        case pair, active, standby, epoch, source, target, counts, differences, warnings, sync
        case leftOut = "left_out"
    }
}

extension TopologyReport {
    /// How `topology diff` exits.
    package var diffExitCode: ExitCode { differences.isEmpty ? .done : .preconditionFailed }

    /// How many differences no sync can take away.
    package var unsolvable: Int { count(.conflict) + count(.notPossible) }

    /// How `topology sync` exits: also by what it could not do.
    package var syncExitCode: ExitCode {
        guard let sync else { return unsolvable == 0 ? .done : .preconditionFailed }
        if unsolvable == 0, sync.refused.isEmpty, sync.error == nil, sync.notTried == 0, sync.unshown == 0 {
            return .done
        }
        let isUntouched = sync.done.values.allSatisfy { $0 == 0 } && sync.error == nil
        return isUntouched ? .preconditionFailed : .incomplete
    }

    /// How many differences there are of a kind.
    package func count(_ kind: TopologyDifference.Kind) -> Int { counts[kind.rawValue] ?? 0 }

    init(pair: String, _ direction: TopologyDirection, _ comparison: TopologyComparison) {
        self.init(
            pair: pair,
            active: direction.active,
            standby: direction.standby,
            epoch: direction.epoch,
            source: Origin(comparison.source),
            target: Origin(comparison.target),
            counts: Dictionary(
                uniqueKeysWithValues: TopologyDifference.Kind.allCases.map {
                    ($0.rawValue, comparison.differences($0).count)
                }
            ),
            differences: comparison.differences.map { Difference($0) },
            leftOut: comparison.leftOut.map {
                LeftOut(object: Object($0.object), reason: $0.reason.rawValue, explanation: $0.reason.explanation)
            },
            warnings: comparison.warnings.map {
                Warning(code: $0.code.rawValue, message: $0.message, objects: $0.objects.map { Object($0) })
            },
            sync: nil
        )
    }

    /// Adds what was done.
    mutating func note(_ outcome: TopologyOutcome, unshown: Int) {
        var done = Dictionary(uniqueKeysWithValues: TopologyPlan.Step.Action.allCases.map { ($0.rawValue, 0) })
        var refused: [Refusal] = []
        var notTried = 0
        for result in outcome.results {
            let object = Object(result.step.object.identity)
            let action = result.step.action.rawValue
            switch result.end {
            case .done: done[action, default: 0] += 1
            case .notTried: notTried += 1
            case .refused(let reason, let hint):
                refused.append(Refusal(action: action, object: object, reason: reason, hint: hint))
            case .unknown(let reason):
                let reason = "whether it was done is not known: \(reason)"
                refused.append(Refusal(action: action, object: object, reason: reason, hint: "sync again"))
            }
        }
        let error = outcome.stop.map {
            ErrorReport(code: .stopped, message: "it ended before everything was tried: \($0.reason)", hint: $0.hint)
        }
        sync = Sync(done: done, refused: refused, notTried: notTried, unshown: unshown, error: error)
    }
}

extension TopologyReport.Origin {
    init(_ origin: Definitions.Origin) { self.init(name: origin.name, version: origin.version?.description) }
}

extension TopologyReport.Object {
    init(_ identity: ObjectIdentity) {
        self.init(
            kind: identity.kind.rawValue,
            name: identity.name,
            exchange: identity.exchange,
            binding: identity.binding.map {
                TopologyReport.Binding(
                    source: $0.source,
                    destination: $0.destination,
                    destinationType: $0.destinationType.rawValue,
                    routingKey: $0.routingKey,
                    arguments: .object($0.arguments)
                )
            },
            description: identity.description
        )
    }
}

extension TopologyReport.Difference {
    init(_ difference: TopologyDifference) {
        self.init(
            kind: difference.kind.rawValue,
            object: TopologyReport.Object(difference.object),
            properties: difference.properties.map {
                TopologyReport.Property(key: $0.key, source: $0.source, target: $0.target)
            },
            reason: difference.reason
        )
    }
}
