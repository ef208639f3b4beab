import CCurl

/// A complete response, of any status.
package struct HTTPResponse: Sendable {
    /// The status, 100 to 599.
    package var status: Int
    /// The header fields, in order.
    package var headers: [HTTPHeader]
    /// The body, decompressed.
    package var body: [UInt8]

    /// Creates a response.
    package init(status: Int, headers: [HTTPHeader] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The value of the first header field of a name, compared without regard to case.
    package func header(_ name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name.lowercased() == wanted }?.value
    }
}

extension HTTPResponse {
    /// The field `Date`, in seconds since 1970; `nil` where there is none, or it can't be read.
    package var date: Int? {
        guard let text = header("Date") else { return nil }
        let seconds = curl_getdate(text, nil)
        return seconds < 0 ? nil : Int(seconds)
    }
}
