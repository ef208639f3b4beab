/// What a file that should be PEM holds, as far as its first lines tell, for messages.
struct PEMContent {
    /// What a file can be asked for.
    enum Kind: String {
        case certificate
        case key = "private key"
    }

    private let bytes: [UInt8]
    private let text: String

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        self.text = String(decoding: bytes, as: UTF8.self)
    }

    private var holdsCertificate: Bool {
        self.text.contains("BEGIN CERTIFICATE-") || self.text.contains("BEGIN TRUSTED CERTIFICATE-")
    }

    private var holdsKey: Bool { self.text.contains("PRIVATE KEY-----") }

    /// Whether a private key is protected by a passphrase: PKCS #8 (RFC 5958), or the older form with a header.
    var isEncrypted: Bool {
        self.text.contains("BEGIN ENCRYPTED PRIVATE KEY-") || self.text.contains("Proc-Type: 4,ENCRYPTED")
    }

    /// Why what was wanted could not be read from it.
    func reason(unlike wanted: Kind) -> String {
        if self.bytes.isEmpty { return "it is empty" }
        // A sequence with a long length: what every certificate and key starts with in DER.
        if self.bytes.starts(with: [0x30, 0x82]) || self.bytes.starts(with: [0x30, 0x81]) {
            return "it is in DER form, not in PEM form"
        }
        switch wanted {
        case .certificate where self.holdsCertificate, .key where self.holdsKey:
            return "the \(wanted.rawValue) in it is broken"
        case .certificate where self.holdsKey:
            return "it holds a private key, not a certificate"
        case .key where self.holdsCertificate:
            return "it holds a certificate, not a private key"
        default:
            return "it holds no \(wanted.rawValue) in PEM form"
        }
    }
}
