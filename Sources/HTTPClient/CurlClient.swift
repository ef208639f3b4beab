import CCurl
import Logging

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// An HTTP/1.1 client over libcurl.
///
/// One thread of its own runs all transfers of a client at the same time, so that no thread of Swift's pool is blocked
/// and a host that hangs delays no request to another. Connections are kept and used again, unless they were idle for
/// more than 4 seconds: RabbitMQ's management listener closes them after 5.
///
/// No proxy is used, no redirect is followed, and only `http` and `https` are spoken.
/// Call ``shutdown()`` when done; a client that is dropped without it ends its thread too, only without waiting.
package final class CurlClient: Sendable {
    private let queue: TransferQueue
    /// Told of each request at trace, and, by those who use the client, of what it is for. Logs nothing by default.
    package let logger: Logger

    /// Creates a client and starts its thread.
    package init(logger: Logger? = nil) {
        self.logger = logger ?? Logger(label: "http") { _ in SwiftLogNoOpLogHandler() }
        _ = Self.library
        guard let multi = curl_multi_init() else {
            queue = TransferQueue(waking: nil)
            return
        }
        queue = TransferQueue(waking: WakeupHandle(multi: multi))
        if !TransferLoop.start(multi: multi, queue: queue) {
            _ = queue.end()
            curl_multi_cleanup(multi)
        }
    }

    deinit {
        queue.stop()
    }

    /// Sends a request and collects the response, of whatever status.
    ///
    /// An idempotent request whose connection, used before, turns out to be closed is sent once more on a new one.
    /// Cancelling the task ends the transfer at once and throws ``HTTPClientError/Code/cancelled``.
    ///
    /// - Throws: ``HTTPClientError`` if there is no complete response within the request's time-outs and size.
    package func execute(_ request: HTTPRequest) async throws(HTTPClientError) -> HTTPResponse {
        if let defect = request.defect {
            throw HTTPClientError(.invalidRequest, request, detail: defect)
        }
        let queue = queue
        let id = queue.makeID()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                queue.submit(id, request: request, continuation: continuation)
            }
        } onCancel: {
            queue.cancel(id)
        }
        queue.forget(id)
        switch result {
        case .success(let response):
            logger.trace(
                "response",
                metadata: [
                    "method": "\(request.method)", "origin": "\(request.origin)", "status": "\(response.status)",
                    "bytes": "\(response.body.count)",
                ]
            )
        case .failure(let error):
            logger.trace(
                "no response",
                metadata: [
                    "method": "\(request.method)", "origin": "\(request.origin)", "error": "\(error.code)",
                ]
            )
        }
        return try result.get()
    }

    /// Fails what is under way with ``HTTPClientError/Code/shutDown``, closes all connections and returns once the
    /// client's thread is done. May be called more than once.
    package func shutdown() async {
        await queue.stopAndWait()
    }

    /// libcurl's process-wide set-up, done once before the first client. It is never undone: other code of the process
    /// may use libcurl too.
    private static let library: Bool = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK
}
