import Crypto
import FoundationEssentials

/// The key that signs what is posted to a webhook. No description shows it.
package struct WebhookKey: Sendable, Hashable {
    private let bytes: [UInt8]

    /// Wraps a key: the bytes of the text.
    package init(_ text: String) { bytes = Array(text.utf8) }

    /// The value of the header ``WebhookDelivery/signatureHeader``: `t=SECONDS,v1=HEX`.
    ///
    /// What is signed is the time in seconds since 1970, a dot and the body, by HMAC with SHA-256: whoever checks it refuses
    /// what is too old, and nobody can send an old body with a new time.
    func signature(of body: [UInt8], at seconds: Int64) -> String {
        var hmac = HMAC<SHA256>(key: SymmetricKey(data: bytes))
        hmac.update(data: Array("\(seconds).".utf8))
        hmac.update(data: body)
        let digits = Array("0123456789abcdef")
        let hex = hmac.finalize().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return "t=\(seconds),v1=\(String(hex))"
    }
}

extension WebhookKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Always `<redacted>`.
    package var description: String { "<redacted>" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
