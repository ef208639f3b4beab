import HTTPClient

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension ManagementAPI {
    func decode<Value: Decodable>(
        _ type: Value.Type,
        from response: HTTPResponse,
        of call: ManagementCall
    ) throws(ManagementError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(response.body))
        } catch {
            // Not the body itself: a definition or a parameter may hold a password.
            let place = (error as? DecodingError)?.place ?? "the body"
            throw unreadable(place, as: "\(type)", response, call)
        }
    }

    /// An answer that is not what it should be.
    ///
    /// - Parameter place: what of it can't be read.
    func unreadable(
        _ place: String,
        as what: String,
        _ response: HTTPResponse,
        _ call: ManagementCall
    ) -> ManagementError {
        let contentType = response.header("Content-Type") ?? "no content type"
        return ManagementError(
            kind: .unexpectedReply("\(place) can't be read as \(what) (\(contentType))"),
            method: call.method,
            path: call.target,
            endpoint: answering
        )
    }
}

extension DecodingError {
    /// Where decoding failed, such as `items.3.name`, without the value there.
    fileprivate var place: String? {
        let context: Context? =
            switch self {
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context): context
            case .keyNotFound(let key, let context):
                Context(codingPath: context.codingPath + [key], debugDescription: "")
            @unknown default: nil
            }
        guard let context, !context.codingPath.isEmpty else { return nil }
        return context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    }
}
