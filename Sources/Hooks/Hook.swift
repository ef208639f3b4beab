/// Something of the operator's that is told of promotions: a program that is run, or a web address that is posted to.
public struct Hook: Sendable, Hashable {
    /// What is done.
    public enum Action: Sendable, Hashable {
        /// A program with its arguments, which reads the event from its standard input.
        case command(path: String, arguments: [String])
        case webhook(Webhook)
    }

    /// A web address that is posted to.
    public struct Webhook: Sendable, Hashable {
        public var address: WebhookAddress
        /// Signs the body; `nil` sends it unsigned.
        public var key: WebhookKey?
        /// A PEM file of the authorities to trust, in place of the system's.
        public var authorityFile: String?
        /// How often it is tried again within the hook's time limit.
        public var retries: Int

        public init(
            address: WebhookAddress,
            key: WebhookKey? = nil,
            authorityFile: String? = nil,
            retries: Int = 4
        ) {
            self.address = address
            self.key = key
            self.authorityFile = authorityFile
            self.retries = retries
        }
    }

    /// Its name, unique among the pair's hooks.
    public var name: String
    /// What is done.
    public var action: Action
    /// How long it may take, all tries included.
    public var timeout: Duration

    public init(name: String, action: Action, timeout: Duration) {
        self.name = name
        self.action = action
        self.timeout = timeout
    }
}
