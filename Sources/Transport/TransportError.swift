import TLSDiagnosis

/// Why a connection could not be made: what was attempted, where, what went wrong, and what to do.
///
/// It holds no credentials and no contents of files, so its description is safe to log.
public struct TransportError: Error, Sendable, CustomStringConvertible {
    /// What went wrong, as something that a program can act on.
    public let code: Code
    /// Where; `nil` when it concerns no single endpoint.
    public let endpoint: Endpoint?
    /// What was attempted, such as `open a TCP connection`: it completes "could not …".
    public let attempted: String
    /// What went wrong, in words; for several endpoints, the reason of each.
    public let reason: String
    /// What an operator can do about it.
    public let hint: String
    /// With `tlsVerificationFailed` and `tlsFailed`: why TLS does not come about; otherwise `nil`.
    public let tlsFault: TLSFault?
    /// With `allEndpointsFailed`: the error of each endpoint in the order in which they were tried; otherwise empty.
    public let failures: [TransportError]

    /// Makes an error.
    ///
    /// - Parameters:
    ///   - code: what went wrong
    ///   - endpoint: where
    ///   - attempted: what was attempted; it completes "could not …"
    ///   - reason: what went wrong, in words
    ///   - hint: what an operator can do about it; `nil` takes what fits the code
    ///   - failures: the errors that this one sums up
    public init(
        code: Code,
        endpoint: Endpoint? = nil,
        attempted: String,
        reason: String,
        hint: String? = nil,
        failures: [TransportError] = []
    ) {
        self.code = code
        self.endpoint = endpoint
        self.attempted = attempted
        self.reason = reason
        self.hint = hint ?? code.hint
        self.tlsFault = nil
        self.failures = failures
    }

    /// Makes an error of a TLS handshake, with the words and the hint of the fault.
    ///
    /// - Parameters:
    ///   - fault: why TLS does not come about
    ///   - endpoint: where
    ///   - attempted: what was attempted; it completes "could not …"
    public init(_ fault: TLSFault, endpoint: Endpoint?, attempted: String) {
        self.code = fault.concernsBrokerCertificate ? .tlsVerificationFailed : .tlsFailed
        self.endpoint = endpoint
        self.attempted = attempted
        self.reason = fault.reason
        self.hint = fault.hint
        self.tlsFault = fault
        self.failures = []
    }

    /// One line: what was attempted, where, the reason and the hint.
    public var description: String {
        let place = self.endpoint.map { " to \($0)" } ?? ""
        return "could not \(self.attempted)\(place): \(self.reason); \(self.hint)"
    }
}
