import HTTPClient

/// Where a webhook is posted to. Its path and query often are the secret itself, so that only the host is ever shown.
package struct WebhookAddress: Sendable, Hashable {
    let origin: HTTPOrigin
    let target: String

    /// Reads `https://HOST[:PORT]/PATH?QUERY`, or `http://…`.
    ///
    /// - Returns: `nil` for another scheme, a user or password, a fragment, an impossible host or port, or characters that
    ///   have to be percent-encoded.
    package init?(_ text: String) {
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !text.contains("#"), let front = parts.first,
            let start = front.firstRange(of: "://")?.upperBound
        else { return nil }
        let authority = front[start...].prefix { $0 != "/" }
        guard !authority.contains("@"), let (origin, _) = HTTPOrigin.parse(String(front[..<start]) + authority) else {
            return nil
        }
        self.origin = origin
        let path = String(front[start...].dropFirst(authority.count))
        target = (path.isEmpty ? "/" : path) + (parts.count > 1 ? "?\(parts[1])" : "")
    }

    /// Whether it is posted to over TLS.
    package var usesTLS: Bool { origin.scheme == .https }

    /// The host.
    package var host: String { origin.host }
}

extension WebhookAddress: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Scheme, host and port.
    package var description: String { origin.description }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
