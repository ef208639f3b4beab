/// Two nodes with TLS, started once in a test process. Whoever changes their certificates changes them back.
public enum SharedTLSPair {
    /// The certificates of both, or why there are none.
    private static let authority = Result { try CertificateAuthority() }

    private static let nodes = Task {
        let authority = try Self.authority.get()
        async let dc1 = TLSNode.start(
            "tls1",
            authority: authority,
            demandsClientCertificate: true,
            more: [
                "auth_mechanisms.1 = PLAIN", "auth_mechanisms.2 = EXTERNAL", "ssl_cert_login_from = common_name",
            ]
        )
        async let dc2 = TLSNode.start(
            "tls2",
            authority: authority,
            demandsClientCertificate: false,
            versions: ["tlsv1.2"]
        )
        return try await (dc1: dc1, dc2: dc2)
    }

    /// `dc1` demands a client certificate, speaks TLS 1.2 and 1.3, and takes users from certificates (EXTERNAL). `dc2`
    /// demands none and verifies those that are shown, speaks TLS 1.2 only, and knows no EXTERNAL.
    public static func get() async throws -> (dc1: TLSNode, dc2: TLSNode) {
        try await nodes.value
    }
}
