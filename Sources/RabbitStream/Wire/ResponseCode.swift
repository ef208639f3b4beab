/// How a broker answers: `ok`, or why not.
public struct ResponseCode: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    public let rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

    public static let ok = ResponseCode(rawValue: 0x1)
    public static let streamDoesNotExist = ResponseCode(rawValue: 0x2)
    public static let subscriptionIDExists = ResponseCode(rawValue: 0x3)
    public static let subscriptionIDDoesNotExist = ResponseCode(rawValue: 0x4)
    public static let streamExists = ResponseCode(rawValue: 0x5)
    /// The stream has no leader at the moment, or is gone.
    public static let streamNotAvailable = ResponseCode(rawValue: 0x6)
    public static let saslMechanismNotSupported = ResponseCode(rawValue: 0x7)
    public static let authenticationFailure = ResponseCode(rawValue: 0x8)
    public static let saslError = ResponseCode(rawValue: 0x9)
    public static let saslChallenge = ResponseCode(rawValue: 0xA)
    /// The user, such as `guest`, may log in from the broker's own host only.
    public static let saslAuthenticationFailureLoopback = ResponseCode(rawValue: 0xB)
    public static let virtualHostAccessFailure = ResponseCode(rawValue: 0xC)
    public static let unknownFrame = ResponseCode(rawValue: 0xD)
    public static let frameTooLarge = ResponseCode(rawValue: 0xE)
    public static let internalError = ResponseCode(rawValue: 0xF)
    public static let accessRefused = ResponseCode(rawValue: 0x10)
    public static let preconditionFailed = ResponseCode(rawValue: 0x11)
    public static let publisherDoesNotExist = ResponseCode(rawValue: 0x12)
    /// No offset was stored under this reference.
    public static let noOffset = ResponseCode(rawValue: 0x13)

    /// What it means, in the words of the protocol's reference.
    public var description: String {
        switch self {
        case .ok: "OK"
        case .streamDoesNotExist: "the stream does not exist"
        case .subscriptionIDExists: "the subscription id is in use"
        case .subscriptionIDDoesNotExist: "the subscription id does not exist"
        case .streamExists: "the stream exists already"
        case .streamNotAvailable: "the stream is not available"
        case .saslMechanismNotSupported: "the SASL mechanism is not supported"
        case .authenticationFailure: "the authentication failed"
        case .saslError: "a SASL error"
        case .saslChallenge: "a SASL challenge"
        case .saslAuthenticationFailureLoopback: "this user may log in from the broker's own host only"
        case .virtualHostAccessFailure: "the virtual host does not exist, or the user has no access to it"
        case .unknownFrame: "unknown frame"
        case .frameTooLarge: "the frame is too large"
        case .internalError: "an internal error of the broker"
        case .accessRefused: "access refused"
        case .preconditionFailed: "a precondition failed"
        case .publisherDoesNotExist: "the publisher does not exist"
        case .noOffset: "no offset is stored"
        default: "code \(rawValue), which this library does not know"
        }
    }
}
