import NIOCore
import NIOPosix
import NIOSSL
import TLSDiagnosis

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension TransportError {
    /// Turns an error of a channel into one with a code and a hint. It also serves for errors that come after the
    /// connect: a TLS 1.3 broker refuses a client's certificate only then.
    ///
    /// - Parameters:
    ///   - error: what the channel reported
    ///   - endpoint: where the channel leads
    ///   - attempted: what was attempted; it completes "could not …"
    public init(_ error: any Error, endpoint: Endpoint, attempted: String) {
        func make(_ code: Code, _ reason: String, hint: String? = nil) -> TransportError {
            TransportError(code: code, endpoint: endpoint, attempted: attempted, reason: reason, hint: hint)
        }

        switch error {
        case let error as TransportError:
            self = error
        case is CancellationError:
            self = make(.cancelled, "it was cancelled")
        case let error as NIOConnectionError:
            self = Self.summary(of: error, make: make)
        case let error as IOError:
            self = make(Code(errorNumber: error.errnoCode), Self.text(errorNumber: error.errnoCode))
        case let error as ChannelError:
            self = Self.channelFailure(error, make: make)
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            self = TransportError(.wrongName(expected: endpoint.host), endpoint: endpoint, attempted: attempted)
        case let error as NIOSSLExtraError where error == .cannotUseIPAddressInSNI:
            self = make(
                .tlsOptionsInvalid,
                "the server name is an IP address",
                hint: "set the server name to a host name"
            )
        case let error as NIOSSLExtraError
        where error == .invalidSNIHostname || error == .serverHostnameImpossibleToMatch:
            self = make(.tlsOptionsInvalid, "the name to expect in the certificate is not a host name")
        case let error where error is NIOSSLError || error is NIOSSLExtraError || error is BoringSSLError:
            let fault = TLSFault(libraryText: String(describing: error))
            self = TransportError(fault, endpoint: endpoint, attempted: attempted)
        default:
            self = make(.other, String(describing: error))
        }
    }

    /// Sums up the attempts at the addresses of one host name.
    private static func summary(
        of error: NIOConnectionError,
        make: (Code, String, String?) -> TransportError
    ) -> TransportError {
        guard let last = error.connectionErrors.last else {
            let cause = error.dnsAError ?? error.dnsAAAAError
            let text = (cause as? SocketAddressError.UnknownHost)?.errorDescription
            return make(.couldNotResolve, "the host name has no address (\(text ?? "nothing was found"))", nil)
        }
        var code = Code.other
        if let cause = last.error as? IOError { code = Code(errorNumber: cause.errnoCode) }
        if case .some(.connectTimeout) = last.error as? ChannelError { code = .timedOut }
        let reasons = error.connectionErrors.map { failure in
            let text = (failure.error as? IOError).map { Self.text(errorNumber: $0.errnoCode) }
            let address = failure.target.ipAddress ?? error.host
            return "\(address): \(text ?? String(describing: failure.error))"
        }
        return make(code, reasons.joined(separator: "; "), nil)
    }

    private static func channelFailure(
        _ error: ChannelError,
        make: (Code, String, String?) -> TransportError
    ) -> TransportError {
        switch error {
        case .connectTimeout(let amount):
            make(.timedOut, "no answer within \(Double(amount.nanoseconds) / 1e9) s", nil)
        case .eof, .inputClosed, .alreadyClosed, .ioOnClosedChannel, .outputClosed:
            make(.closedByPeer, "the connection was closed", nil)
        default:
            make(.other, String(describing: error), nil)
        }
    }

    private static func text(errorNumber: CInt) -> String {
        switch errorNumber {
        case ECONNREFUSED: "connection refused"
        case ECONNRESET: "connection reset by the peer"
        case EPIPE: "connection closed by the peer"
        case EHOSTUNREACH: "no route to the host"
        case ENETUNREACH: "no route to the network"
        case ETIMEDOUT: "the system gave up waiting for an answer"
        case EMFILE, ENFILE: "too many open files"
        case EADDRNOTAVAIL: "no local address or port is free"
        default: "system error \(errorNumber)"
        }
    }
}

extension TransportError.Code {
    fileprivate init(errorNumber: CInt) {
        switch errorNumber {
        case ECONNREFUSED: self = .refused
        case ECONNRESET, EPIPE: self = .closedByPeer
        case EHOSTUNREACH, ENETUNREACH, EHOSTDOWN, ENETDOWN: self = .unreachable
        case ETIMEDOUT: self = .timedOut
        default: self = .other
        }
    }
}
