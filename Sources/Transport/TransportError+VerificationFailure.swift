extension TransportError {
    /// What is wrong with a broker's certificate.
    public enum VerificationFailure: String, Sendable, Hashable {
        /// Its validity has ended.
        case expired
        /// Its validity has not begun.
        case notYetValid
        /// It does not lead to an authority that is trusted.
        case unknownAuthority
        /// It is valid, but for another name or address.
        case wrongName
        /// The library did not accept it and the certificate itself does not show why.
        case other

        /// What an operator can do about it.
        var hint: String {
            switch self {
            case .expired: "Renew the broker's certificate, or correct the clock of this machine"
            case .notYetValid: "Correct the clock of this machine or of the one that issued the certificate"
            case .unknownAuthority:
                "Name the file of the authority that signed the broker's certificate; "
                    + "the broker has to send its intermediate certificates too"
            case .wrongName: "Connect to a name that is in the certificate, or set the server name to one"
            case .other: "Check the broker's certificate and its chain"
            }
        }
    }
}
