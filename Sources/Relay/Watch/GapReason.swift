/// Why messages may be missing from the protection.
package enum GapReason: String, Sendable, Hashable, Codable, CaseIterable {
    /// The capture was deleted with what it held, or is not the one that was there before.
    case captureDeleted = "capture-deleted"
    /// Messages left the capture that the relay did not take: it was purged, or they expired.
    case captureThinned = "capture-thinned"
    /// Somebody else took messages out of the capture.
    case captureRead = "capture-read"
    /// The capture lost bindings that it needs; from where an exchange was deleted and declared again, all of them.
    case captureUnbound = "capture-unbound"
    /// The exchange was away, and came back without the capture's bindings.
    case exchangeDeleted = "exchange-deleted"
    /// The exchange had a binding before the capture did.
    case bindingLate = "binding-late"
    /// Somebody else's policy applied to the capture, and may have expired or dropped messages.
    case capturePolicy = "capture-policy"
    /// The capture's limit dropped messages.
    case captureLimit = "capture-limit"
    /// The capture's retention removed messages of a stream before they were copied.
    case captureOvertaken = "capture-overtaken"
    /// What tells of drops at the capture's limit could not be asked, or is not the one that was there before.
    case tripwireLost = "tripwire-lost"
    /// The store was deleted with what it held, or is not the one that was there before.
    case storeDeleted = "store-deleted"
    /// The store holds fewer messages than it confirmed, and none of its limits explains that.
    case storeThinned = "store-thinned"
    /// Somebody else's policy applied to the store, and may have expired or dropped messages.
    case storePolicy = "store-policy"

    /// Whether what the capture held is gone, so that how far the store is behind can't be told.
    package var makesLagUnknown: Bool {
        switch self {
        case .captureDeleted, .captureThinned, .captureRead: true
        default: false
        }
    }

    /// What happened, in words that follow the name of a route.
    package var words: String {
        switch self {
        case .captureDeleted: "the capture was deleted"
        case .captureThinned: "messages left the capture that were not relayed"
        case .captureRead: "somebody else read from the capture"
        case .captureUnbound: "the capture was unbound"
        case .exchangeDeleted: "the exchange was deleted"
        case .bindingLate: "a binding of the exchange was there before the capture had it"
        case .capturePolicy: "somebody else's policy applied to the capture"
        case .captureLimit: "the capture dropped messages at its limit"
        case .captureOvertaken: "the capture dropped messages at its limit before they were copied"
        case .tripwireLost: "whether the capture dropped messages could not be seen"
        case .storeDeleted: "the standby store was deleted"
        case .storeThinned: "the standby store lost messages"
        case .storePolicy: "somebody else's policy applied to the standby store"
        }
    }
}
