import HTTPClient
import RopewayConfiguration
import Transport

extension SiteConfiguration.TLS {
    /// For AMQP connections.
    var options: TLSOptions {
        TLSOptions(
            certificateAuthorityPath: certificateAuthority,
            certificatePath: certificate,
            keyPath: privateKey,
            serverName: serverName,
            minimumVersion: minimumVersion == .tls13 ? .tls13 : .tls12
        )
    }

    /// For the management API.
    var optionsForManagement: HTTPTLSOptions {
        HTTPTLSOptions(
            authorityFile: certificateAuthority,
            certificateFile: certificate,
            privateKeyFile: privateKey,
            serverName: serverName,
            minimumVersion: minimumVersion == .tls13 ? .tls13 : .tls12
        )
    }

    /// Looks into the files: whether they are PEM, what they should be, and whether the key is that of the certificate.
    package static let fileCheck: TLSFileFinding.Check = { settings in
        settings.options.fileProblems().map { problem in
            let key =
                switch problem.file {
                case .authority: "ca"
                case .certificate: "certificate"
                case .key: "key"
                }
            return TLSFileFinding(
                key: key,
                message: "\"\(problem.path)\" can't be used: \(problem.reason)",
                hint: problem.hint
            )
        }
    }
}
