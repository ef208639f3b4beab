import ErrorCodes
import Pump

extension TopologyError.Code {
    /// The word that operators see.
    package var errorCode: ErrorCode {
        switch self {
        case .exchangeMissing: .exchangeMissing
        case .exchangeRefused: .exchangeRefused
        case .routingChange: .routingChange
        case .captureTypeUndecided: .captureTypeUndecided
        case .notSupported: .notSupported
        case .inequivalent: .inequivalent
        case .epochEnded: .epochEnded
        case .bindingRefused: .bindingRefused
        case .policyConflict: .policyConflict
        case .missingRights: .missingRights
        case .objectMissing: .objectMissing
        case .storeLost: .storeLost
        case .unreachable: .unreachable
        case .refused: .refused
        }
    }
}

extension ErrorCode {
    /// The word for why a session of a pump ended.
    init(_ error: PumpError) {
        self =
            switch error {
            case .source: .sourceLost
            case .destination: .destinationLost
            case .stalled, .starved: .stalled
            case .refusedTooLong: .destinationRefuses
            case .blockedTooLong: .blocked
            case .topology: .topology
            case .destinationMissing: .destinationMissing
            // The pump carries the word of what prepared its ends.
            case .preparation(_, let word, _, _): ErrorCode(rawValue: word) ?? .refused
            case .protocolFault: .protocolFault
            case .copying(let error): ErrorCode(rawValue: error.code) ?? .refused
            case .stream(let error): ErrorCode(rawValue: error.code) ?? .refused
            case .undeliverable: .undeliverable
            case .quarantineFailed: .quarantineFailed
            }
    }
}
