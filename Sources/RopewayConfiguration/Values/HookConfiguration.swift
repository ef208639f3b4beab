/// Something of the operator's that is told of promotions: a program that is run, or a web address that is posted to.
package struct HookConfiguration: Sendable, Equatable {
    /// When it is run.
    package enum Occasion: String, Sendable, Hashable, CaseIterable {
        /// Before a promotion changes anything.
        case beforePromotion = "before-promotion"
        /// After a promotion has ended, whatever its end.
        case afterPromotion = "after-promotion"
        /// A scheduled promotion would be refused, as a look ahead of its time found.
        case lookAheadFailed = "look-ahead-failed"
    }

    /// What is done.
    package enum Action: Sendable, Equatable {
        /// The path of a program and its arguments.
        case command(path: String, arguments: [String])
        case webhook(Webhook)
    }

    /// A web address that is posted to.
    package struct Webhook: Sendable, Equatable {
        /// The URL, which often is the secret itself.
        package let address: SecretSource
        /// What signs the body; `nil` sends it unsigned.
        package let key: SecretSource?
        /// A PEM file of the authorities to trust, in place of the system's.
        package let certificateAuthority: String?
        /// How often it is tried again, within the time limit.
        package let retries: Int

        /// Creates a web address.
        package init(address: SecretSource, key: SecretSource?, certificateAuthority: String?, retries: Int) {
            self.address = address
            self.key = key
            self.certificateAuthority = certificateAuthority
            self.retries = retries
        }
    }

    /// Its name, unique among the hooks.
    package let name: String
    /// When it is run; never empty.
    package let occasions: Set<Occasion>
    /// What is done.
    package let action: Action
    /// How long one run may take, all tries included.
    package let timeout: Duration
    /// Whether it keeps a forced promotion from being begun as well, where it fails before one.
    package let vetoesForced: Bool

    /// Creates a hook.
    package init(
        name: String,
        occasions: Set<Occasion>,
        action: Action,
        timeout: Duration,
        vetoesForced: Bool = false
    ) {
        self.name = name
        self.occasions = occasions
        self.action = action
        self.timeout = timeout
        self.vetoesForced = vetoesForced
    }
}
