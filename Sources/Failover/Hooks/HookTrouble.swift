import Hooks
import RopewayConfiguration

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Why a hook can't be run as it is configured.
struct HookTrouble: Error, Sendable, Hashable {
    /// The hook's name.
    var hook: String
    var message: String
    var hint: String
}

extension Hook {
    /// A hook as it is configured, with what it refers to as that is now.
    init(_ configuration: HookConfiguration) throws(HookTrouble) {
        let action: Action
        switch configuration.action {
        case .command(let path, let arguments):
            action = .command(path: path, arguments: arguments)
        case .webhook(let webhook):
            let text = try HookTrouble.resolve(webhook.address, of: configuration.name)
            guard let address = WebhookAddress(text) else {
                throw HookTrouble(
                    hook: configuration.name,
                    message: "\(webhook.address) is not the URL of a webhook",
                    hint: "https://HOST/PATH, percent-encoded, without user, password and #"
                )
            }
            var key: WebhookKey?
            if let source = webhook.key {
                key = WebhookKey(try HookTrouble.resolve(source, of: configuration.name))
            }
            action = .webhook(
                Webhook(
                    address: address,
                    key: key,
                    authorityFile: webhook.certificateAuthority,
                    retries: webhook.retries
                )
            )
        }
        self.init(name: configuration.name, action: action, timeout: configuration.timeout)
    }
}

extension HookTrouble {
    fileprivate static func resolve(_ source: SecretSource, of hook: String) throws(HookTrouble) -> String {
        do throws(SecretError) {
            return try source.resolve().exposed
        } catch {
            throw HookTrouble(hook: hook, message: error.message, hint: error.hint)
        }
    }

    /// What is wrong with a hook, as far as a look at this machine's files tells; `nil` if nothing is.
    static func of(_ configuration: HookConfiguration) -> HookTrouble? {
        do throws(HookTrouble) {
            _ = try Hook(configuration)
        } catch {
            return error
        }
        switch configuration.action {
        case .command(let path, _):
            var status = stat()
            guard stat(path, &status) == 0 else {
                return cannot(configuration, path, reason(errno), "write where the program is")
            }
            guard status.st_mode & S_IFMT == S_IFREG else {
                return cannot(configuration, path, "it is no file", "name a program")
            }
            guard access(path, X_OK) == 0 else {
                return cannot(configuration, path, reason(errno), "make it executable for the user Ropeway runs as")
            }
        case .webhook(let webhook):
            guard let file = webhook.certificateAuthority, access(file, R_OK) != 0 else { return nil }
            return cannot(
                configuration,
                file,
                reason(errno),
                "name a PEM file that the user Ropeway runs as may read"
            )
        }
        return nil
    }

    private static func cannot(
        _ hook: HookConfiguration,
        _ path: String,
        _ reason: String,
        _ hint: String
    ) -> HookTrouble {
        HookTrouble(hook: hook.name, message: "'\(path)' can't be used: \(reason)", hint: hint)
    }

    private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}
