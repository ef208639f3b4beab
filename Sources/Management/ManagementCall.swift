import HTTPClient

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// One request to the management API, before it is known which endpoint takes it.
struct ManagementCall: Sendable {
    var method: HTTPMethod
    /// Path and query, percent-encoded, with `/api`.
    var target: String
    var body: [UInt8] = []
    var headers: [HTTPHeader] = []
    /// Whether a 503 is an answer: a health check that did not pass.
    var acceptsFailedCheck = false
    /// Whether a POST may be sent again: it says what shall be, and not what is to be done.
    var isIdempotent: Bool?

    init(_ method: HTTPMethod = .get, _ parts: [String], query: [(name: String, value: String)] = []) {
        self.method = method
        target = "/api/" + parts.map(PercentEncoding.encode).joined(separator: "/")
        if !query.isEmpty {
            let pairs = query.map { "\(PercentEncoding.encode($0.name))=\(PercentEncoding.encode($0.value))" }
            target += "?" + pairs.joined(separator: "&")
        }
    }

    init(_ method: HTTPMethod, _ parts: [String], json: JSONValue) {
        self.init(method, parts)
        // A value without NaN and infinity always encodes; with one, the broker answers that the body is not JSON.
        body = (try? JSONEncoder().encode(json)).map { Array($0) } ?? []
    }
}
