import ControlModel
import ErrorCodes
import Hummingbird
import NIOCore

extension APIResponder {
    /// The body of a request that changes something.
    func body(of request: Request) async throws -> ByteBuffer {
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: Self.longestBody)
        } catch is NIOTooManyBytesError {
            throw OperationError(
                .usage,
                code: .bodyTooLarge,
                message: "the body has more than \(Self.longestBody) bytes",
                hint: "send what is asked for only"
            )
        }
        if let fault = BodyKeys.fault(in: body.readableBytesView) {
            throw OperationError(
                .usage,
                code: .badRequest,
                message: fault,
                hint: "send each key once, without escapes"
            )
        }
        return body
    }
}
