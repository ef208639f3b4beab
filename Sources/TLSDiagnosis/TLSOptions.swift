/// How an encrypted connection is made: whom to trust, what to present, which name to expect.
///
/// The files are read again at each connect, so certificates can be renewed under a running process. The options hold
/// paths only, never the contents of a file, and are safe to log.
public struct TLSOptions: Sendable, Hashable {
    /// A version of the protocol.
    public enum Version: String, Sendable, Hashable, CaseIterable {
        /// TLS 1.2.
        case tls12 = "1.2"
        /// TLS 1.3.
        case tls13 = "1.3"
    }

    /// PEM file with the certificates of the authorities to trust; `nil` trusts those of the system.
    public var certificateAuthorityPath: String?
    /// PEM file with the client's certificate, followed by its intermediate ones; goes with `keyPath`.
    public var certificatePath: String?
    /// PEM file with the client's private key, without passphrase; goes with `certificatePath`.
    public var keyPath: String?
    /// The name that the broker's certificate has to carry, and that is sent to it; `nil` takes the endpoint's host.
    public var serverName: String?
    /// The oldest version that is spoken. TLS 1.2 by default: the oldest that the IETF has not deprecated (RFC 8996).
    public var minimumVersion: Version

    /// Makes options; without arguments, the system's authorities are trusted and no certificate is presented.
    ///
    /// - Parameters:
    ///   - certificateAuthorityPath: PEM file with the authorities to trust
    ///   - certificatePath: PEM file with the client's certificate chain
    ///   - keyPath: PEM file with the client's private key
    ///   - serverName: the name to expect instead of the endpoint's host
    ///   - minimumVersion: the oldest version that is spoken
    public init(
        certificateAuthorityPath: String? = nil,
        certificatePath: String? = nil,
        keyPath: String? = nil,
        serverName: String? = nil,
        minimumVersion: Version = .tls12
    ) {
        self.certificateAuthorityPath = certificateAuthorityPath
        self.certificatePath = certificatePath
        self.keyPath = keyPath
        self.serverName = serverName
        self.minimumVersion = minimumVersion
    }
}
