extension TLSFault {
    /// Reads what OpenSSL or BoringSSL said of a handshake that failed. Their texts are the only place where they state
    /// it: `SSLV3_ALERT_CERTIFICATE_EXPIRED` and `sslv3 alert certificate expired` are the same alert.
    ///
    /// Alerts are those of RFC 8446, section 6.2. RabbitMQ answers a missing client certificate with
    /// `certificate_required` in TLS 1.3, and with `handshake_failure`, which says nothing, in TLS 1.2.
    public init(libraryText text: String) {
        let words = String(text.uppercased().map { $0 == "_" ? " " : $0 })
        if words.contains("WRONG VERSION NUMBER") || words.contains("HTTP REQUEST") {
            self = .notTLS
        } else if words.contains("PROTOCOL VERSION") || words.contains("UNSUPPORTED PROTOCOL")
            || words.contains("NO PROTOCOLS AVAILABLE")
        {
            self = .noCommonVersion
        } else if let alert = Self.alert(in: words) {
            self = alert
        } else if words.contains("EOF DURING HANDSHAKE") || words.contains("SYSCALL")
            || words.contains("UNEXPECTED EOF")
        {
            self = .closed
        } else {
            self = .other(text)
        }
    }

    private static func alert(in words: String) -> TLSFault? {
        guard let range = words.firstRange(of: "ALERT ") else { return nil }
        let name = words[range.upperBound...]
        for (start, fault) in alerts where name.hasPrefix(start) { return fault }
        return nil
    }

    private static let alerts: [(String, TLSFault)] = [
        ("CERTIFICATE REQUIRED", .clientCertificateMissing),
        ("UNKNOWN CA", .clientCertificateNotTrusted),
        ("CERTIFICATE EXPIRED", .clientCertificateExpired),
        ("CERTIFICATE REVOKED", .clientCertificateRefused("certificate revoked")),
        ("CERTIFICATE UNKNOWN", .clientCertificateRefused("certificate unknown")),
        ("UNSUPPORTED CERTIFICATE", .clientCertificateRefused("unsupported certificate")),
        ("BAD CERTIFICATE", .clientCertificateRefused("bad certificate")),
        ("ACCESS DENIED", .clientCertificateRefused("access denied")),
        ("DECRYPT ERROR", .clientCertificateRefused("its key does not fit it")),
        ("HANDSHAKE FAILURE", .refused),
        ("CLOSE NOTIFY", .closed),
    ]
}
