/// What a session of a pump has to keep to, whatever its ends are.
package struct PumpSettings {
    var returns = ReturnPolicy.quarantine
    var limits = PumpLimits()
    var acknowledgement = AcknowledgementMode.onConfirm
    /// How many deliveries may be unacknowledged before the source is taken for broken; `nil` where it has no such limit.
    var deliveryLimit: Int?
    /// After how many settled messages the session is finished; `nil` for never.
    var finishAfter: UInt64?
    /// The largest body that the destination takes, where that is known.
    var maximumBody: Int?
    /// One message at first, more as they are confirmed: for a destination that may take none.
    var startsCarefully = false
    /// How long all messages may be refused before the session is restarted.
    var refusalTimeout = Duration.seconds(30)
    /// Where one message at a time is moved to find the one that the destination closes the channel for: after how many
    /// confirms to stop that.
    var isolationSpan: Int?
}

extension PumpSettings {
    /// What a session keeps to that has nothing else to mind than its limits.
    package init(limits: PumpLimits) { self.init(returns: .quarantine, limits: limits) }
}

/// What an unroutable message means at the destination.
package enum ReturnPolicy: Sendable, Hashable {
    /// Put it into quarantine.
    case quarantine
    /// It was not wanted: leave it out.
    case skip
    /// The destination's own topology is broken: end the session.
    case fault
    /// The queue that is all of the destination is not there: end the session. Its name and site are for the error.
    case missing(String)
}
