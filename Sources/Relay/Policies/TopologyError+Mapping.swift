import AMQP
import Management

extension TopologyError {
    /// What a failed call of the management API means for an object.
    ///
    /// - Parameter right: what the user needs for the call, such as "the tag policymaker".
    package init(_ error: ManagementError, object: String, right: String) {
        switch error.kind {
        case .forbidden:
            self.init(
                .missingRights,
                "\(error)",
                hint: "give the site's user, or its admin user, \(right)",
                object: object
            )
        case .unauthorized:
            self.init(.missingRights, "\(error)", hint: error.hint, object: object)
        case .unreachable, .timedOut, .cancelled, .unexpectedReply:
            self.init(.unreachable, "\(error)", hint: error.hint, object: object)
        case .notFound:
            self.init(.objectMissing, "\(error)", hint: error.hint, object: object)
        case .rejected:
            self.init(.refused, "\(error)", hint: error.hint, object: object)
        }
    }

    /// What a failed method on an AMQP channel means for an object.
    init(_ error: AMQPError, object: String) {
        let message = "\(error.attempted.isEmpty ? "AMQP" : error.attempted): \(error.reason)"
        let refusal = error.code == .channelClosedByBroker || error.code == .closedByBroker ? error.refusal : nil
        switch (error.code, refusal) {
        case (_, .permission?), (_, .topicPermission?):
            self.init(.missingRights, message, hint: "\(error.hint); see docs/permissions.md", object: object)
        case (_, .queueMissing?), (_, .exchangeMissing?), (_, .queueDown?):
            self.init(.objectMissing, message, hint: Self.hint(missing: error), object: object)
        case (_, .inequivalent?):
            self.init(
                .inequivalent,
                message,
                hint:
                    "set the configuration back to what exists, or drain and delete '\(object)' so that it is created again",
                object: object
            )
        case (_, .virtualHostGone?), (_, .userDeleted?), (_, .closedOnPurpose?):
            self.init(.unreachable, "\(error)", hint: error.hint, object: object)
        case (.channelClosedByBroker, _), (.invalidArgument, _), (.notSupported, _), (_, .typeDisabled?):
            self.init(.refused, message, hint: error.hint, object: object)
        default:
            self.init(.unreachable, "\(error)", hint: error.hint, object: object)
            isOutcomeUnknown = error.isOutcomeUnknown
        }
    }

    /// What it means for an object that something failed on a connection that was opened for it.
    ///
    /// - Parameter site: the site's name, for what kept the connection from being tried.
    init(_ error: any Error, at site: String, object: String) {
        if let error = error as? TopologyError {
            self = error
        } else if let error = error as? AMQPError {
            self.init(error, object: object)
        } else {
            self.init(
                .unreachable,
                "site '\(site)' can't be connected to: \(error)",
                hint: "check the site's password and certificates",
                object: object
            )
        }
    }

    private static func hint(missing error: AMQPError) -> String {
        error.refusal == .queueDown ? error.hint : "create it again; it is waited for"
    }
}
