import TLSDiagnosis
import Testing

@Suite("What a TLS library says of a handshake")
struct DiagnosisTests {
    @Test(
        "given what either library said, when it is read, then both come to the same fault",
        arguments: [
            (
                "OpenSSL SSL_read: OpenSSL/3.0.19: error:0A00045C:SSL routines::tlsv13 alert certificate required",
                "268436572:SSL routines:OPENSSL_internal:TLSV1_ALERT_CERTIFICATE_REQUIRED",
                TLSFault.clientCertificateMissing
            ),
            (
                "error:0A000418:SSL routines::tlsv1 alert unknown ca",
                "268436504:SSL routines:OPENSSL_internal:TLSV1_ALERT_UNKNOWN_CA",
                .clientCertificateNotTrusted
            ),
            (
                "error:0A000415:SSL routines::sslv3 alert certificate expired",
                "SSLV3_ALERT_CERTIFICATE_EXPIRED", .clientCertificateExpired
            ),
            (
                "error:0A000410:SSL routines::sslv3 alert handshake failure", "SSLV3_ALERT_HANDSHAKE_FAILURE", .refused
            ),
            (
                "error:0A00042E:SSL routines::tlsv1 alert protocol version", "TLSV1_ALERT_PROTOCOL_VERSION",
                .noCommonVersion
            ),
            ("error:0A00010B:SSL routines::wrong version number", "WRONG_VERSION_NUMBER", .notTLS),
        ]
    )
    func reads(openSSL: String, boringSSL: String, expected: TLSFault) {
        #expect(TLSFault(libraryText: openSSL) == expected)
        #expect(TLSFault(libraryText: boringSSL) == expected)
    }

    @Test("given two different faults, when they are told, then neither the reasons nor the causes read the same")
    func distinct() {
        let faults: [TLSFault] = [
            .certificateExpired, .certificateNotYetValid, .unknownAuthority, .wrongName(expected: "a"),
            .certificateNotAccepted("a"), .clientCertificateMissing, .clientCertificateNotTrusted,
            .clientCertificateExpired, .clientCertificateRefused("a"), .noCommonVersion, .refused, .notTLS, .speaksTLS,
            .closed, .noAnswer, .fileUnusable("a"), .other("a"),
        ]
        #expect(Set(faults.map(\.reason)).count == faults.count)
        #expect(faults.allSatisfy { !$0.hint.isEmpty })
    }
}
