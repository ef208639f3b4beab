import Management
import RopewayConfiguration

/// The configuration file of a new pair, with a comment that says why each value was chosen. It holds no password.
package struct ConfigurationText: Sendable {
    /// A site as the file has it.
    package struct Site: Sendable {
        /// Where it is.
        package var address: SiteAddress
        /// The user.
        package var username: String
        /// Where its password is.
        package var password: SecretSource
        /// The user for what needs more rights, if there is one.
        package var admin: (username: String, password: SecretSource)?
        /// PEM file of the authorities to trust; `nil`: the system's.
        package var authorityFile: String?

        /// Creates a site.
        package init(
            address: SiteAddress,
            username: String,
            password: SecretSource,
            admin: (username: String, password: SecretSource)? = nil,
            authorityFile: String? = nil
        ) {
            self.address = address
            self.username = username
            self.password = password
            self.admin = admin
            self.authorityFile = authorityFile
        }
    }

    /// The text.
    package let text: String

    /// Writes the file of a proposal.
    ///
    /// - Parameters:
    ///   - active: the name of the site that is active at first start.
    ///   - sites: both.
    ///   - listen: where the HTTP API of the daemon will listen.
    package init(_ proposal: PairProposal, active: String, sites: [Site], listen: String) {
        var lines: [String] = [
            "# Written by ropeway pair. Every key is described in docs/configuration.md; change what you like, then",
            "# ropeway check.",
            "",
            "pair: \(proposal.pair)",
            "active: \(active)    # at first start; afterwards the record in the brokers decides",
            "",
            "sites:",
        ]
        for site in sites { lines += Self.lines(of: site) }
        lines += ["", "routes:\(proposal.routes.isEmpty ? " []" : "")"]
        for route in proposal.routes { lines += Self.lines(of: route) }
        if !proposal.uncaptured.isEmpty {
            lines += ["", "# Not captured:"]
            for exchange in proposal.uncaptured {
                lines += Self.comment("exchange \(exchange.exchange): \(exchange.reason). \(exchange.hint)", indent: "")
            }
        }
        lines += [
            "",
            "# What applications declare on the active site is declared on the standby site as well, each minute.",
            "topology: {sync: continuous}",
            "",
            "# Beyond loopback a token is required: token: {file: PATH}",
            "api: {listen: \(YAMLText.scalar(listen))}",
        ]
        text = lines.joined(separator: "\n") + "\n"
    }

    private static func lines(of site: Site) -> [String] {
        let address = site.address
        let amqp = address.amqp.map { YAMLText.scalar("\($0.usesTLS ? "amqps" : "amqp")://\($0)") }
        let stream = address.stream.map {
            YAMLText.scalar("\($0.usesTLS ? "rabbitmq-stream+tls" : "rabbitmq-stream")://\($0)")
        }
        let management = address.management.map { YAMLText.scalar($0.baseURL) }
        var lines = [
            "  \(address.name):",
            "    amqp: [\(amqp.joined(separator: ", "))]",
        ]
        if !stream.isEmpty { lines.append("    stream: [\(stream.joined(separator: ", "))]") }
        lines += [
            "    management: [\(management.joined(separator: ", "))]",
            "    vhost: \(YAMLText.scalar(address.virtualHost))",
            "    username: \(YAMLText.scalar(site.username))",
            "    password: \(Self.source(site.password))",
        ]
        if let admin = site.admin {
            lines.append(
                "    admin: {username: \(YAMLText.scalar(admin.username)), password: \(Self.source(admin.password))}"
            )
        }
        if let file = site.authorityFile { lines.append("    tls: {ca: \(YAMLText.scalar(file))}") }
        return lines
    }

    private static func source(_ source: SecretSource) -> String {
        switch source {
        case .environment(let name): "{env: \(YAMLText.scalar(name))}"
        case .file(let path): "{file: \(YAMLText.scalar(path))}"
        // Never what it is: whoever reads the file has to say where it comes from.
        case .literal: "{env: ROPEWAY_PASSWORD}"
        }
    }

    private static func lines(of route: ProposedRoute) -> [String] {
        let queues = route.queues.prefix(4).joined(separator: ", ") + (route.queues.count > 4 ? ", …" : "")
        var lines = Self.comment("\(route.exchangeType) exchange, to \(queues)", indent: "  ")
        for note in route.notes { lines += Self.comment(note, indent: "  ") }
        lines += [
            "  - name: \(YAMLText.scalar(route.name))",
            "    exchange: \(YAMLText.scalar(route.exchange))",
            "    capture:",
        ]
        if let type = route.captureType {
            lines += Self.comment(type.reason, indent: "      ") + ["      type: \(type.value.rawValue)"]
        }
        lines += Self.comment(route.captureBytes.reason, indent: "      ")
        lines += [
            "      max-length-bytes: \(Quantity.text(bytes: route.captureBytes.value))",
            "    standby:",
        ]
        lines += Self.comment(route.storeType.reason, indent: "      ")
        lines += ["      type: \(route.storeType.value.rawValue)"]
        lines += Self.comment(route.timeToLive.reason, indent: "      ")
        lines += ["      ttl: \(Quantity.text(route.timeToLive.value))"]
        lines += Self.comment(route.storeBytes.reason, indent: "      ")
        lines += ["      max-length-bytes: \(Quantity.text(bytes: route.storeBytes.value))"]
        return lines
    }

    /// A comment, in lines of at most 116 characters.
    private static func comment(_ text: String, indent: String) -> [String] {
        var lines: [String] = []
        var line = "\(indent)#"
        for word in YAMLText.printable(text).split(separator: " ") {
            if line.count + word.count >= 116, line.count > indent.count + 1 {
                lines.append(line)
                line = "\(indent)#"
            }
            line += " \(word)"
        }
        return lines + [line]
    }
}
