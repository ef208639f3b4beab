import Notation

/// The parts of an AMQP URI, percent-decoded.
struct URIReader {
    let isTLS: Bool
    let username: String?
    let password: String?
    let host: String
    let port: Int
    let virtualHost: String
    let query: [(key: String, value: String)]

    init(_ uri: String) throws(AMQPError) {
        guard let colon = uri.firstRange(of: "://") else {
            throw Self.error("it does not begin with amqp:// or amqps://")
        }
        switch uri[..<colon.lowerBound].lowercased() {
        case "amqp": isTLS = false
        case "amqps": isTLS = true
        default: throw Self.error("it does not begin with amqp:// or amqps://")
        }
        var rest = uri[colon.upperBound...]
        guard !rest.contains("#") else { throw Self.error("it has a fragment (#), or one that is not percent-encoded") }
        if let mark = rest.firstIndex(of: "?") {
            query = try Self.query(rest[rest.index(after: mark)...])
            rest = rest[..<mark]
        } else {
            query = []
        }
        if let slash = rest.firstIndex(of: "/") {
            let path = rest[rest.index(after: slash)...]
            guard !path.contains("/") else { throw Self.error("the virtual host has a '/' that is not written as %2F") }
            virtualHost = try Self.decode(path, "virtual host")
            rest = rest[..<slash]
        } else {
            virtualHost = "/"
        }
        if let at = rest.lastIndex(of: "@") {
            let user = rest[..<at]
            guard !user.contains("@") else {
                throw Self.error("user or password has an '@' that is not written as %40")
            }
            let parts = user.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            username = try Self.decode(parts[0], "user")
            password = parts.count == 2 ? try Self.decode(parts[1], "password") : nil
            rest = rest[rest.index(after: at)...]
        } else {
            (username, password) = (nil, nil)
        }
        (host, port) = try Self.authority(rest, defaultPort: isTLS ? 5671 : 5672)
    }

    private static func authority(_ text: Substring, defaultPort: Int) throws(AMQPError) -> (String, Int) {
        let authority: Authority
        do {
            authority = try Authority(text)
        } catch .openBracket {
            throw Self.error("the host lacks its ']'")
        } catch .afterBracket {
            throw Self.error("there is something between ']' and ':'")
        } catch {
            throw Self.error("port is no number from 1 to 65535")
        }
        let name = try decode(Substring(authority.host), "host")
        return (name.isEmpty ? "localhost" : name, authority.port ?? defaultPort)
    }

    private static func query(_ text: Substring) throws(AMQPError) -> [(key: String, value: String)] {
        var pairs: [(key: String, value: String)] = []
        for part in text.split(separator: "&") {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2 else { throw error("a part of the query has no '='") }
            pairs.append((try decode(sides[0], "query"), try decode(sides[1], "query")))
        }
        return pairs
    }

    /// Percent-decodes; what comes out has to be UTF-8.
    private static func decode(_ text: Substring, _ what: String) throws(AMQPError) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2).compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
            guard digits.count == 2 else { throw error("the \(what) has a '%' without two hexadecimal digits") }
            bytes.append(UInt8(digits[0] << 4 | digits[1]))
            rest = rest.dropFirst(2)
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else { throw error("the \(what) is not UTF-8") }
        return decoded
    }

    static func number(
        _ text: some StringProtocol,
        of what: String,
        in range: ClosedRange<Int>
    ) throws(AMQPError) -> Int {
        guard let number = Int(text), range.contains(number) else {
            throw error("\(what) is no number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// No part of the URI goes into the reason but names of keys: any other may be a secret that was misplaced.
    static func error(_ reason: String) -> AMQPError {
        AMQPError(
            .invalidArgument,
            reason: reason,
            attempted: "read an AMQP URI",
            hint: "write it as amqps://user:password@host:5671/virtual-host, with special characters percent-encoded"
        )
    }
}
