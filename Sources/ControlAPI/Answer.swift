import ControlModel
import ErrorCodes
import HTTPTypes
import Hummingbird

/// Builds the answers: JSON, and metrics as text.
struct Answer {
    /// The pair's name, so that a command notices a daemon of another pair.
    let pair: String

    /// An answer with a report as its body.
    func report(
        _ report: some Encodable,
        status: HTTPResponse.Status = .ok,
        headers: HTTPFields = HTTPFields()
    ) -> Response {
        do {
            return self.response(status: status, headers: headers, body: try ReportCoding.encode(report))
        } catch {
            // Reports hold nothing that JSON can't, so this is a fault of this program, which the client should see.
            let text =
                #"{"error":{"exit":1,"code":"\#(ErrorCode.notEncodable.rawValue)","#
                + #""message":"the answer can't be written as JSON","#
                + #""hint":"report this as a fault of Ropeway"}}"#
            return self.response(status: .internalServerError, headers: HTTPFields(), body: Array(text.utf8))
        }
    }

    /// An answer that says why there is no other.
    func error(
        _ error: OperationError,
        status: HTTPResponse.Status? = nil,
        headers: HTTPFields = HTTPFields()
    ) -> Response {
        self.report(ErrorAnswer(error), status: status ?? error.status, headers: headers)
    }

    /// An answer with a text as its body.
    func text(_ body: ResponseBody, type: String) -> Response {
        Response(status: .ok, headers: self.headers(HTTPFields(), type: type), body: body)
    }

    private func response(status: HTTPResponse.Status, headers: HTTPFields, body: [UInt8]) -> Response {
        Response(
            status: status,
            headers: self.headers(headers, type: "application/json"),
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body))
        )
    }

    private func headers(_ headers: HTTPFields, type: String) -> HTTPFields {
        var headers = headers
        headers[.contentType] = type
        headers[.cacheControl] = "no-store"
        if let name = HTTPField.Name(APIPath.pairHeader) { headers[name] = self.pair }
        return headers
    }
}
