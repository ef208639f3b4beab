import ControlModel
import ErrorCodes
import FoundationEssentials
import Pairing
import RopewayConfiguration

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// One site as the command line names it, with where its password comes from.
struct SiteRequest {
    let address: SiteAddress
    private let user: String?
    private let passwordFile: String?
    private let passwordVariable: String?
    private let authorityFile: String?
    /// The variable that the configuration takes the password from, where it was asked for.
    private(set) var askedVariable: String?

    init(
        name: String,
        uris: [String],
        virtualHost: String?,
        user: String?,
        passwordFile: String?,
        passwordVariable: String?,
        authorityFile: String?
    ) throws(OperationError) {
        do throws(SiteAddress.Problem) {
            address = try SiteAddress(name: name, uris: uris, virtualHost: virtualHost)
        } catch {
            throw OperationError(.usage, code: .badAddress, message: "--\(name): \(error.message)", hint: error.hint)
        }
        self.user = user
        self.passwordFile = passwordFile.map(Self.absolute)
        self.passwordVariable = passwordVariable
        self.authorityFile = authorityFile.map(Self.absolute)
    }

    /// Relative paths of the command line are taken from where it runs, those of a configuration from its folder.
    private static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }

    /// The site with its user and its password's place. A password that comes from nowhere is asked for; it lasts as long
    /// as this process.
    mutating func resolved() throws(OperationError) -> ConfigurationText.Site {
        let site = address.name
        guard let username = user ?? address.username else {
            throw OperationError(
                .usage,
                code: .noUser,
                message: "no user is named for \(site)",
                hint: "write amqp://USER@HOST, or add --\(site)-user USER"
            )
        }
        return ConfigurationText.Site(
            address: address,
            username: username,
            password: try source(username),
            authorityFile: authorityFile
        )
    }

    private mutating func source(_ username: String) throws(OperationError) -> SecretSource {
        let site = address.name
        let usual = "\(site.uppercased())_PASSWORD"
        let source: SecretSource
        if let passwordFile {
            source = .file(passwordFile)
        } else if let passwordVariable {
            source = .environment(passwordVariable)
        } else if getenv(usual) != nil {
            source = .environment(usual)
        } else {
            guard let password = Terminal.askSecret("Password of \(username) at \(site): "), !password.isEmpty else {
                throw OperationError(
                    .usage,
                    code: .noPassword,
                    message: "no password is known for user \(username) at \(site), and nobody is there to be asked",
                    hint: "set \(usual), or say --\(site)-password-file FILE or --\(site)-password-env NAME"
                )
            }
            setenv(usual, password, 1)
            askedVariable = usual
            source = .environment(usual)
        }
        do throws(SecretError) {
            _ = try source.resolve()
        } catch {
            throw OperationError(.usage, code: .secretUnreadable, message: error.message, hint: error.hint)
        }
        return source
    }
}
