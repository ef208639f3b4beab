/// Why a TLS connection to a broker does not come about, in the same words whichever library noticed.
///
/// AMQP goes through BoringSSL and the management API through libcurl's OpenSSL. An operator who sees both should see
/// one text, so both clients read their library's answer into this.
public enum TLSFault: Sendable, Hashable {
    /// The validity of the broker's certificate, or of one that it leads to, has ended.
    case certificateExpired
    /// The validity of the broker's certificate has not begun.
    case certificateNotYetValid
    /// The broker's certificate does not lead to an authority that is trusted.
    case unknownAuthority
    /// The broker's certificate is valid, but not for this name or address.
    case wrongName(expected: String)
    /// The broker's certificate was not accepted for another reason; the text is the library's.
    case certificateNotAccepted(String)
    /// The broker demands a client certificate and got none.
    case clientCertificateMissing
    /// The broker does not trust the authority that signed the client certificate.
    case clientCertificateNotTrusted
    /// The broker found that the client certificate has expired.
    case clientCertificateExpired
    /// The broker did not accept the client certificate for another reason; the text is the alert's name.
    case clientCertificateRefused(String)
    /// Both sides speak TLS, and no version that both allow.
    case noCommonVersion
    /// The broker refused the handshake without a reason of its own.
    case refused
    /// What answered does not speak TLS.
    case notTLS
    /// A connection without TLS reached a port that speaks it.
    case speaksTLS
    /// The broker closed the connection before the handshake was over, or right after it.
    case closed
    /// The peer closed the connection without a byte of an answer to the handshake.
    case noAnswer
    /// A file of the TLS options can't be used; the text names it.
    case fileUnusable(String)
    /// Anything else; the text is the library's.
    case other(String)

    /// What went wrong, in words that stand after "could not connect: ".
    public var reason: String {
        switch self {
        case .certificateExpired: "the broker's certificate has expired"
        case .certificateNotYetValid: "the broker's certificate is not valid yet"
        case .unknownAuthority: "the broker's certificate does not lead to a trusted authority"
        case .wrongName(let expected): "the broker's certificate is not for '\(expected)'"
        case .certificateNotAccepted(let text): "the broker's certificate was not accepted (\(text))"
        case .clientCertificateMissing: "the broker demands a client certificate and got none"
        case .clientCertificateNotTrusted: "the broker does not trust the authority of the client certificate"
        case .clientCertificateExpired: "the broker refused the client certificate: it has expired"
        case .clientCertificateRefused(let alert): "the broker refused the client certificate (\(alert))"
        case .noCommonVersion: "the broker and this side have no TLS version in common"
        case .refused: "the broker refused the TLS handshake"
        case .notTLS: "what answered does not speak TLS"
        case .speaksTLS: "what answered speaks TLS, and this connection does not"
        case .closed: "the broker closed the connection during the TLS handshake, or right after it"
        case .noAnswer: "what took the connection closed it without an answer to the TLS handshake"
        case .fileUnusable(let text): "a TLS file can't be used: \(text)"
        case .other(let text): "the TLS handshake failed (\(text))"
        }
    }

    /// What an operator can do about it. Words in brackets are the keys of Ropeway's configuration.
    public var hint: String {
        switch self {
        case .certificateExpired: "renew the broker's certificate, or correct the clock of this machine"
        case .certificateNotYetValid: "correct the clock of this machine, or of the one that issued the certificate"
        case .unknownAuthority:
            "name the file of the authority that signed the broker's certificate (tls.ca); the broker has to send its "
                + "intermediate certificates too"
        case .wrongName:
            "connect to a name that is in the certificate, or set the name to expect to one (tls.server-name)"
        case .certificateNotAccepted: "check the broker's certificate and its chain"
        case .clientCertificateMissing: "name a client certificate and its key (tls.certificate, tls.key)"
        case .clientCertificateNotTrusted:
            "use a client certificate of an authority that the broker trusts (tls.certificate), or add its authority to "
                + "the broker's cacertfile"
        case .clientCertificateExpired: "renew the client certificate (tls.certificate, tls.key)"
        case .clientCertificateRefused: "check the client certificate (tls.certificate) and the broker's log"
        case .noCommonVersion:
            "compare the oldest version that is allowed here (tls.minimum-version) with the broker's ssl_options.versions"
        case .refused, .closed:
            "see the broker's log: it may demand a client certificate (tls.certificate, tls.key), not accept the one "
                + "that it got, or share no cipher"
        case .notTLS, .noAnswer:
            "use the broker's TLS port (5671 for AMQP, 15671 for management, 5551 for streams), or an address without "
                + "TLS (amqp://, http://)"
        case .speaksTLS: "write the address with TLS (amqps://, https://), or use the port without it"
        case .fileUnusable:
            "check that the file is there, readable and PEM, and that certificate and key belong together"
        case .other: "check that the port is the broker's TLS port, its versions and its ciphers"
        }
    }

    /// Whether it is the broker's certificate that was not accepted.
    public var concernsBrokerCertificate: Bool {
        switch self {
        case .certificateExpired, .certificateNotYetValid, .unknownAuthority, .wrongName, .certificateNotAccepted: true
        default: false
        }
    }
}
