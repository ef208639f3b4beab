/// How an `https` request proves the server's identity, and its own.
///
/// The server's certificate is always verified, against at least TLS 1.2.
public struct HTTPTLSOptions: Sendable, Hashable {
    /// A PEM file of the authorities to trust, in place of the system's. `nil`: the system's.
    public var authorityFile: String?
    /// A PEM file with the client's certificate.
    public var certificateFile: String?
    /// A PEM file with the client's private key.
    public var privateKeyFile: String?
    /// The name that the server's certificate must carry, where it is not the host of the URL.
    public var serverName: String?

    /// Creates TLS options; without arguments, the system's authorities and no client certificate.
    public init(
        authorityFile: String? = nil,
        certificateFile: String? = nil,
        privateKeyFile: String? = nil,
        serverName: String? = nil
    ) {
        self.authorityFile = authorityFile
        self.certificateFile = certificateFile
        self.privateKeyFile = privateKeyFile
        self.serverName = serverName
    }
}
