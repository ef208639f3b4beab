import Notation

/// Where a request goes: scheme, host and port. It has no room for credentials.
package struct HTTPOrigin: Sendable, Hashable, CustomStringConvertible {
    /// The scheme of a URL that this client speaks.
    package enum Scheme: String, Sendable, Hashable {
        /// Plain text.
        case http
        /// TLS.
        case https

        /// The port that a URL without one means.
        package var defaultPort: Int { self == .http ? 80 : 443 }
    }

    /// Plain text or TLS.
    package var scheme: Scheme
    /// A host name or an address; an IPv6 address without brackets.
    package var host: String
    /// The TCP port, 1 to 65535.
    package var port: Int

    /// Creates an origin; `port` defaults to the scheme's.
    package init(scheme: Scheme, host: String, port: Int? = nil) {
        self.scheme = scheme
        self.host = host
        self.port = port ?? scheme.defaultPort
    }

    /// The URL of the origin, such as `http://[::1]:15672`.
    package var description: String { "\(scheme.rawValue)://\(authority)" }

    /// Host and port.
    var authority: Authority { Authority(host: host, port: port) }

    /// Whether the host and port can stand in a URL without changing what it means.
    var isWellFormed: Bool {
        !host.isEmpty && (1...65_535).contains(port)
            && host.utf8.allSatisfy { byte in
                byte > 0x20 && byte != 0x7F && !"/?#@[]\\".utf8.contains(byte)
            }
    }
}

extension HTTPOrigin {
    /// Reads `http://host[:port]` or `https://host[:port]`, optionally with a path, which is returned apart.
    ///
    /// - Returns: the origin and the path (empty, or starting with `/`, without a trailing one); `nil` for other
    ///   schemes, a user or password, a query, a fragment, an empty host or an impossible port.
    package static func parse(_ url: String) -> (origin: HTTPOrigin, path: String)? {
        guard let schemeEnd = url.firstRange(of: "://"),
            let scheme = Scheme(rawValue: url[..<schemeEnd.lowerBound].lowercased())
        else { return nil }
        let rest = url[schemeEnd.upperBound...]
        let authority = rest.prefix { $0 != "/" }
        var path = String(rest.dropFirst(authority.count))
        while path.hasSuffix("/") { path.removeLast() }
        guard !url.contains(where: { "@?#".contains($0) }) else { return nil }

        guard let place = try? Authority(authority) else { return nil }
        let origin = HTTPOrigin(scheme: scheme, host: place.host, port: place.port)
        return origin.isWellFormed ? (origin, path) : nil
    }
}
