import Recovery
import RopewayConfiguration

/// What guards the API's changing requests.
public struct BearerToken: Sendable {
    private let source: SecretSource

    /// Takes the token from the configuration's `api.token`, or else from the file that the command line reads too,
    /// which is written if it isn't there.
    ///
    /// - Throws: ``OperationError`` when there is no token to be had.
    public init(
        configuration: APIConfiguration,
        pair: String,
        environment: [String: String]
    ) throws(OperationError) {
        if let source = configuration.token {
            self.init(source)
        } else {
            let file = try TokenFile(pair: pair, environment: environment)
            self.init(.literal(try file.obtain()))
        }
        _ = try self.secret(environment: environment)
    }

    /// Takes the token from where the source says; it is read anew for each request, so that it can be rotated.
    public init(_ source: SecretSource) {
        self.source = source
    }

    /// Whether a request's `Authorization` header carries the token.
    ///
    /// - Throws: ``OperationError`` when the token itself can't be read at the moment.
    func admits(authorization: String?) throws(OperationError) -> Bool {
        let secret = try self.secret()
        guard let authorization else { return false }
        let scheme = "bearer "
        guard authorization.prefix(scheme.count).lowercased() == scheme else { return false }
        let given = authorization.dropFirst(scheme.count).drop { $0 == " " }
        return Self.areEqual(Array(given.utf8), Array(secret.exposed.utf8))
    }

    /// Compares in a time that depends on the length of what was given only, so that no one can find a token byte by
    /// byte.
    static func areEqual(_ given: [UInt8], _ secret: [UInt8]) -> Bool {
        guard !secret.isEmpty else { return false }
        var difference = given.count ^ secret.count
        for (index, byte) in given.enumerated() {
            difference |= Int(byte ^ secret[index % secret.count])
        }
        return difference == 0
    }

    private func secret(environment: [String: String]? = nil) throws(OperationError) -> Secret {
        do {
            return if let environment {
                try self.source.resolve(environment: environment)
            } else {
                try self.source.resolve()
            }
        } catch {
            throw OperationError(.failed, code: "token-unreadable", message: error.message, hint: error.hint)
        }
    }
}
