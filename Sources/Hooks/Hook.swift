/// Something of the operator's that is told of promotions: a program that is run, or a web address that is posted to.
package struct Hook: Sendable, Hashable {
    /// What is done.
    package enum Action: Sendable, Hashable {
        /// A program with its arguments, which reads the event from its standard input.
        case command(path: String, arguments: [String])
        case webhook(Webhook)
    }

    /// A web address that is posted to.
    package struct Webhook: Sendable, Hashable {
        package var address: WebhookAddress
        /// Signs the body; `nil` sends it unsigned.
        package var key: WebhookKey?
        /// A PEM file of the authorities to trust, in place of the system's.
        package var authorityFile: String?
        /// How often it is tried again within the hook's time limit.
        package var retries: Int

        package init(
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
    package var name: String
    /// What is done.
    package var action: Action
    /// How long it may take, all tries included.
    package var timeout: Duration

    package init(name: String, action: Action, timeout: Duration) {
        self.name = name
        self.action = action
        self.timeout = timeout
    }
}
