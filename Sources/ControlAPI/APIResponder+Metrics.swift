import ControlModel
import Hummingbird
import Monitoring
import NIOCore

/// The answer to a scrape.
extension APIResponder {
    /// How much of it is handed to a connection at once: of a client that does not read, no more than this waits.
    private static let piece = 65_536

    /// The pair's metrics, from the same report as the status.
    func metrics() async throws -> Response {
        let place = try self.scrapes.take()
        var report = try await self.control.status()
        report.api = self.settings.board.listeners
        var metrics = PairMetrics.metrics(of: report, version: Version.current)
        ProcessMetrics.current().add(to: &metrics)
        let text = metrics.text
        let body = ResponseBody(contentLength: text.count) { writer in
            // The place is taken until the last piece was.
            defer { withExtendedLifetime(place) {} }
            var sent = 0
            while sent < text.count {
                let end = min(sent + Self.piece, text.count)
                try await writer.write(ByteBuffer(bytes: text[sent..<end]))
                sent = end
            }
            try await writer.finish(nil)
        }
        return self.answer.text(body, type: MetricSet.mediaType)
    }
}
