import RopewayConfiguration

/// By what name a client asks.
///
/// A web page can have its own name lead to this machine (DNS rebinding) and then read from a listener on loopback what
/// only processes of this machine are to read. The browser still sends that name as `Host`.
enum HostName {
    /// Whether a listener at `host` answers to a request with this `Host` header; one that others can reach answers to
    /// any.
    static func isAdmitted(_ authority: String?, at host: String) -> Bool {
        guard APIConfiguration.isLoopback(host: host) else { return true }
        guard let name = authority.flatMap(Self.name)?.lowercased() else { return false }
        return name == host || APIConfiguration.isLoopback(host: name)
    }

    /// A host as URLs have it.
    static func shown(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }

    /// The host of `HOST`, `HOST:PORT` or `[ADDRESS]:PORT`, without brackets.
    private static func name(_ authority: String) -> String? {
        let end: String.Index
        let name: Substring
        if authority.hasPrefix("[") {
            guard let bracket = authority.firstIndex(of: "]") else { return nil }
            name = authority[..<bracket].dropFirst()
            end = authority.index(after: bracket)
        } else {
            end = authority.firstIndex(of: ":") ?? authority.endIndex
            name = authority[..<end]
        }
        let port = authority[end...]
        guard port.isEmpty || port.first == ":" && port.dropFirst().allSatisfy(\.isNumber) else { return nil }
        return name.isEmpty ? nil : String(name)
    }
}
