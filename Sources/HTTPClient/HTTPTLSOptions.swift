/// How an `https` request proves the server's identity, and its own.
///
/// The server's certificate is always verified, on every connection again, with the files as they are then.
package struct HTTPTLSOptions: Sendable, Hashable {
    /// A version of the protocol.
    package enum Version: Sendable, Hashable {
        /// TLS 1.2.
        case tls12
        /// TLS 1.3.
        case tls13
    }

    /// A PEM file of the authorities to trust, in place of the system's. `nil`: the system's.
    package var authorityFile: String?
    /// A PEM file with the client's certificate.
    package var certificateFile: String?
    /// A PEM file with the client's private key.
    package var privateKeyFile: String?
    /// The name that the server's certificate must carry, where it is not the host of the URL.
    package var serverName: String?
    /// The oldest version that is spoken. TLS 1.2 by default: the oldest that the IETF has not deprecated (RFC 8996).
    package var minimumVersion: Version

    /// Creates TLS options; without arguments, the system's authorities and no client certificate.
    package init(
        authorityFile: String? = nil,
        certificateFile: String? = nil,
        privateKeyFile: String? = nil,
        serverName: String? = nil,
        minimumVersion: Version = .tls12
    ) {
        self.authorityFile = authorityFile
        self.certificateFile = certificateFile
        self.privateKeyFile = privateKeyFile
        self.serverName = serverName
        self.minimumVersion = minimumVersion
    }
}
