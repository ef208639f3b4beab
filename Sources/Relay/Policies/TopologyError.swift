import ErrorCodes
import Pump

/// Why an object of a route or shovel can't be declared, bound or relied on: what, where, and what to do about it.
///
/// It holds no credentials and nothing of a message.
package struct TopologyError: PreparationFailure, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure.
    package enum Code: Sendable, Hashable {
        /// The route's exchange does not exist on the active site.
        case exchangeMissing
        /// The exchange is of a type that can't be captured.
        case exchangeRefused
        /// Binding the capture would change what publishers see, and the configuration does not accept that.
        case routingChange
        /// The capture's type is the operator's choice on this site, and the configuration names none.
        case captureTypeUndecided
        /// This version of Ropeway, or the broker, can't do what the configuration asks for.
        case notSupported
        /// An object of this name exists with other properties that can't be changed.
        case inequivalent
        /// The epoch in which a route publishes has ended: the site of its store was promoted.
        case epochEnded
        /// The broker refuses bindings that the capture should have, so that some messages are not captured.
        case bindingRefused
        /// Somebody else's policy or operator policy would expire, trim or dead-letter the object.
        case policyConflict
        /// The site's user lacks a right.
        case missingRights
        /// An object that should be there is not.
        case objectMissing
        /// A standby store is gone, or is not the one that it was: what it held can't be replayed.
        case storeLost
        /// The site, or its management API, does not answer.
        case unreachable
        /// Anything else that the broker refused.
        case refused
    }

    /// The kind of failure.
    package var code: Code
    /// What is wrong, with the names of what is involved.
    package var message: String
    /// What an operator can do.
    package var hint: String
    /// The exchange, queue or policy that it is about.
    package var object: String
    /// Whether what failed may have been done all the same: the site was asked, and was silent since.
    package var isOutcomeUnknown = false

    /// Creates an error.
    package init(_ code: Code, _ message: String, hint: String, object: String) {
        self.code = code
        self.message = message
        self.hint = hint
        self.object = object
    }

    /// What it means that the broker refuses some of a capture's bindings.
    static func bindingsRefused(_ refused: [RefusedBinding], exchange: String) -> TopologyError? {
        let refused = refused.filter { !$0.isCovered }
        guard let first = refused.first else { return nil }
        let keys = refused.prefix(5).map { "'\($0.binding.routingKey)'" }.joined(separator: ", ")
        let more = refused.count > 5 ? " and \(refused.count - 5) more" : ""
        return TopologyError(
            .bindingRefused,
            "exchange '\(exchange)' has bindings that the broker refuses for the capture, so that messages that match only "
                + "these are not captured: \(keys)\(more) (\(first.reason))",
            hint: "bind the queues with a key that the broker takes, and remove the old binding",
            object: exchange
        )
    }

    /// The kind of failure, as the status shows it.
    package var word: String { code.errorCode.rawValue }

    /// Whether trying again may help without anybody doing anything.
    package var isTransient: Bool { code == .unreachable }

    /// What is wrong and what to do.
    package var description: String { "\(message); \(hint)" }
}
