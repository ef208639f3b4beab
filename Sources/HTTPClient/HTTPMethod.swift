/// The method of a request.
package enum HTTPMethod: String, Sendable, Hashable, CustomStringConvertible {
    case get = "GET"
    case head = "HEAD"
    case put = "PUT"
    case post = "POST"
    case delete = "DELETE"

    /// Whether sending the request twice has the same effect as sending it once (RFC 9110, 9.2.2).
    package var isIdempotent: Bool { self != .post }

    /// The method as it stands on the wire.
    package var description: String { rawValue }
}
