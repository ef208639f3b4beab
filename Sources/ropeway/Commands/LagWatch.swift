import ControlModel
import ErrorCodes
import FoundationEssentials
import UnixSignals

/// Shows the lag again and again, until a signal ends it.
struct LagWatch {
    let pair: any PairControl
    let output: Output
    /// The time from one look to the next.
    var interval = Duration.seconds(1)

    /// Returns once it is interrupted.
    ///
    /// - Throws: ``OperationError`` where no look can succeed any more.
    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.look() }
            group.addTask {
                for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) { return }
                // The sequence ends without a signal only when this task is cancelled.
                throw CancellationError()
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func look() async throws {
        var next = ContinuousClock.now
        // Where nobody reads what it says any more, it is over.
        while Terminal.print(try await self.line()) {
            next = max(next + self.interval, .now)
            try await Task.sleep(until: next, clock: .continuous)
        }
    }

    /// What one look brought.
    private func line() async throws -> String {
        do throws(OperationError) {
            let report = RoutesReport(try await self.pair.status())
            return try self.text(report) { LagLine(routes: report.routes, now: Date()).text }
        } catch {
            // A daemon that is busy or restarts may answer again.
            guard error.kind == .unknown else { throw error }
            return try self.text(ErrorAnswer(error)) {
                "\(Shown.date(Date()))  \(Shown.unknown): \(Shown.safe(error.message))"
            }
        }
    }

    private func text(_ report: some Encodable, human: () -> String) throws(OperationError) -> String {
        guard self.output.format == .json else { return human() }
        do {
            return String(decoding: try ReportCoding.encode(report), as: UTF8.self)
        } catch {
            throw OperationError(
                .failed,
                code: .notEncodable,
                message: "the answer can't be written as JSON",
                hint: "report this as a fault of Ropeway"
            )
        }
    }
}
