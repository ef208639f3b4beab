extension TransportError {
    /// What went wrong. More codes may come, so a `switch` over them needs a default.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: String {
            case couldNotResolve
            case refused
            case unreachable
            case timedOut
            case closedByPeer
            case cancelled
            case tlsVerificationFailed
            case tlsFailed
            case tlsOptionsInvalid
            case certificateFileUnreadable
            case initializerFailed
            case noEndpoint
            case allEndpointsFailed
            case other
        }

        private let value: Value

        /// The host name has no address.
        public static let couldNotResolve = Code(value: .couldNotResolve)
        /// The host answered that nothing listens on the port.
        public static let refused = Code(value: .refused)
        /// There is no route to the host, or to its network.
        public static let unreachable = Code(value: .unreachable)
        /// The connection did not stand, or the TLS handshake did not end, within the connect timeout.
        public static let timedOut = Code(value: .timedOut)
        /// The peer closed or reset the connection before it could be used.
        public static let closedByPeer = Code(value: .closedByPeer)
        /// The task that wanted the connection was cancelled.
        public static let cancelled = Code(value: .cancelled)
        /// The broker's certificate was not accepted; `tlsFault` says why.
        public static let tlsVerificationFailed = Code(value: .tlsVerificationFailed)
        /// The TLS handshake failed for another reason than the broker's certificate; `tlsFault` says which.
        public static let tlsFailed = Code(value: .tlsFailed)
        /// The TLS options contradict each other, or name files that do not fit each other.
        public static let tlsOptionsInvalid = Code(value: .tlsOptionsInvalid)
        /// A file of the TLS options is missing, may not be read, or holds something else.
        public static let certificateFileUnreadable = Code(value: .certificateFileUnreadable)
        /// The caller's own initializer threw.
        public static let initializerFailed = Code(value: .initializerFailed)
        /// There was no endpoint to try.
        public static let noEndpoint = Code(value: .noEndpoint)
        /// Several endpoints were tried, none answered; `failures` has each one's error.
        public static let allEndpointsFailed = Code(value: .allEndpointsFailed)
        /// Anything else; the reason has what the system said.
        public static let other = Code(value: .other)

        /// The code's name.
        public var description: String { self.value.rawValue }

        /// What an operator can do when nothing more precise is known.
        var hint: String {
            switch self.value {
            case .couldNotResolve: "check the spelling of the host name and the name servers of this machine"
            case .refused: "check that the broker runs and that host and port are those of its listener"
            case .unreachable: "check the network between this machine and the broker"
            case .timedOut: "check for a firewall that drops packets, and whether the broker is overloaded"
            case .closedByPeer: "look into the broker's log; a TLS port closes connections that do not speak TLS"
            case .cancelled: "nothing needs to be done"
            case .tlsVerificationFailed: "check the broker's certificate"
            case .tlsFailed: "check that the port is the broker's TLS port, and its versions and ciphers"
            case .tlsOptionsInvalid: "correct the TLS options"
            case .certificateFileUnreadable: "check the path, its permissions, and that the file is PEM"
            case .initializerFailed: "the reason tells what the initializer could not do"
            case .noEndpoint: "configure at least one endpoint"
            case .allEndpointsFailed: "start with the endpoint that should have answered"
            case .other: "the reason is what the system reported"
            }
        }
    }
}
