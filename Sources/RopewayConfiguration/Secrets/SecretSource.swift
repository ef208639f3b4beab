import Files
import FoundationEssentials

/// Where a password or token comes from.
package enum SecretSource: Sendable, Equatable {
    /// Written in the configuration itself.
    case literal(Secret)
    /// The value of an environment variable.
    case environment(String)
    /// The content of a file, without one trailing line break.
    case file(String)

    /// The most that is read of a secret's file.
    static let fileLimit = 65_536

    /// Reads the secret again, so that a rotated file is noticed without a restart.
    ///
    /// - Parameter environment: the variables to look in.
    /// - Throws: ``SecretError`` when the variable is not set, the file can't be read, or what is there is empty or
    ///   holds a NUL, which SASL PLAIN uses as its separator.
    package func resolve(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(SecretError) -> Secret {
        switch self {
        case .literal(let secret):
            return try Self.checked(
                secret.exposed,
                from: "the value",
                hint: "give it one, or {env: NAME}, {file: PATH}"
            )
        case .environment(let name):
            guard let value = environment[name] else {
                throw SecretError(
                    message: "environment variable \(name) is not set",
                    hint: "set it for the process that reads this file"
                )
            }
            return try Self.checked(value, from: "environment variable \(name)", hint: "set it to the secret")
        case .file(let path):
            let content: String
            do {
                content = try RegularFile.text(path: path, limit: Self.fileLimit)
            } catch {
                throw SecretError(
                    message: "secret file \(path) can't be used: \(error)",
                    hint: "write the secret there, readable by the user that Ropeway runs as"
                )
            }
            return try Self.checked(
                Self.withoutTrailingLineBreak(content),
                from: "secret file \(path)",
                hint: "write the secret there"
            )
        }
    }

    private static func checked(_ value: String, from place: String, hint: String) throws(SecretError) -> Secret {
        if value.isEmpty {
            throw SecretError(message: "\(place) is empty", hint: hint)
        }
        if value.unicodeScalars.contains("\0") {
            throw SecretError(message: "\(place) holds a NUL character", hint: "use a secret without one")
        }
        return Secret(value)
    }

    private static func withoutTrailingLineBreak(_ text: String) -> String {
        // "\r\n" is one Character, so this removes either form of line break.
        if let last = text.last, last == "\n" || last == "\r\n" {
            return String(text.dropLast())
        }
        return text
    }
}

extension SecretSource: CustomStringConvertible, CustomDebugStringConvertible {
    /// Where the secret is, never what it is.
    package var description: String {
        switch self {
        case .literal: "<redacted>"
        case .environment(let name): "{env: \(name)}"
        case .file(let path): "{file: \(path)}"
        }
    }

    /// The same as ``description``.
    package var debugDescription: String { self.description }
}
