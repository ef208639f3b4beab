import NIOCore

/// Who connects, as far as it can be told: an IPv4 address, or an IPv6 network of 64 bits, all of whose addresses are at
/// one client's command.
struct ClientAddress: Hashable, Sendable {
    /// 4 bytes or 8; none for a Unix socket.
    let bytes: [UInt8]

    private static let mappedIPv4: [UInt8] = Array(repeating: 0, count: 10) + [0xFF, 0xFF]

    init(_ address: SocketAddress?) {
        // Where `sockaddr_in` and `sockaddr_in6` have the address, on every system.
        switch address {
        case .v4(let address):
            self.bytes = withUnsafeBytes(of: address.address) { Array($0[4..<8]) }
        case .v6(let address):
            let all = withUnsafeBytes(of: address.address) { Array($0[8..<24]) }
            self.bytes = all.starts(with: Self.mappedIPv4) ? Array(all.suffix(4)) : Array(all.prefix(8))
        case .unixDomainSocket, nil:
            self.bytes = []
        }
    }
}
