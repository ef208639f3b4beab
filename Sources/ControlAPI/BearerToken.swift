import ControlModel
import ErrorCodes
import RopewayConfiguration
import Synchronization

/// What guards the API's changing requests over TCP.
package final class BearerToken: Sendable {
    /// Where the token comes from; `nil` as long as there is none to be had.
    private let source: Mutex<SecretSource?>
    /// Finds out where it comes from.
    private let find: @Sendable () throws(OperationError) -> SecretSource

    /// Takes the token from the configuration's `api.token`, or else from the file that the command line reads too,
    /// which is written if it isn't there: once somebody needs it.
    package init(configuration: APIConfiguration, pair: String, environment: [String: String]) {
        self.source = Mutex(nil)
        self.find = { () throws(OperationError) in
            try Self.source(configuration, pair: pair, environment: environment)
        }
    }

    /// Takes the token from where the source says; it is read again for each request, so that it can be rotated.
    package init(_ source: SecretSource) {
        self.source = Mutex(source)
        self.find = { source }
    }

    /// Sees that there is a token.
    ///
    /// - Throws: ``OperationError`` when there is none to be had.
    func obtain() throws(OperationError) {
        if self.source.withLock({ $0 }) != nil { return }
        let found = try self.find()
        self.source.withLock { source in if source == nil { source = found } }
    }

    /// Takes the token of a configuration that was read again; the one before is worth nothing from then on.
    ///
    /// - Throws: ``OperationError`` when there is no token to be had; the one before stays then.
    package func reload(
        configuration: APIConfiguration,
        pair: String,
        environment: [String: String]
    ) throws(OperationError) {
        let source = try Self.source(configuration, pair: pair, environment: environment)
        self.source.withLock { $0 = source }
    }

    private static func source(
        _ configuration: APIConfiguration,
        pair: String,
        environment: [String: String]
    ) throws(OperationError) -> SecretSource {
        if let source = configuration.token {
            _ = try Self.secret(of: source, environment: environment)
            return source
        }
        // Over the socket nobody needs one: without a TCP listener it is one that no request can carry.
        guard configuration.listen != nil else { return .literal(Secret("")) }
        return .literal(try TokenFile(pair: pair, environment: environment).obtain())
    }

    /// Whether a request's `Authorization` header carries the token.
    ///
    /// - Throws: ``OperationError`` when the token itself can't be read at the moment.
    func admits(authorization: String?) throws(OperationError) -> Bool {
        let scheme = "bearer "
        guard let authorization, authorization.prefix(scheme.count).lowercased() == scheme else { return false }
        try self.obtain()
        guard let source = self.source.withLock({ $0 }) else { return false }
        let secret = try Self.secret(of: source)
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

    private static func secret(
        of source: SecretSource,
        environment: [String: String]? = nil
    ) throws(OperationError) -> Secret {
        do {
            return if let environment {
                try source.resolve(environment: environment)
            } else {
                try source.resolve()
            }
        } catch {
            throw OperationError(.failed, code: .tokenUnreadable, message: error.message, hint: error.hint)
        }
    }
}
