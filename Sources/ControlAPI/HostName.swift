import Notation
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
        guard let authority, let name = try? Authority(authority).host.lowercased() else { return false }
        return name == host || APIConfiguration.isLoopback(host: name)
    }
}
