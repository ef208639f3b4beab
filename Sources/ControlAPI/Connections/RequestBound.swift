import ControlModel
import ErrorCodes
import Synchronization

/// How many requests that take their time, or whose answers are long, may be worked on at once. They take no token, and as
/// many as connections may be would leave no connection for those who ask for the daemon's health.
final class RequestBound: Sendable {
    /// The place of one request; it is free again when nobody holds this any more.
    final class Place: Sendable {
        private let bound: RequestBound

        fileprivate init(_ bound: RequestBound) { self.bound = bound }

        deinit { self.bound.underWay.withLock { $0 -= 1 } }
    }

    private let most: Int
    private let underWay = Mutex(0)

    init(_ most: Int) {
        self.most = most
    }

    /// Works on a request.
    ///
    /// - Throws: ``OperationError`` where it is one too many.
    func run<Result>(_ body: () async throws -> Result) async throws -> Result {
        let place = try self.take()
        defer { withExtendedLifetime(place) {} }
        return try await body()
    }

    /// Takes a place for a request.
    ///
    /// - Throws: ``OperationError`` where it is one too many.
    func take() throws(OperationError) -> Place {
        let isTaken = self.underWay.withLock { count in
            guard count < self.most else { return false }
            count += 1
            return true
        }
        guard isTaken else {
            throw OperationError(
                .unknown,
                code: .tooManyRequests,
                message: "\(self.most) requests like this are being worked on",
                hint: "ask again once they are answered"
            )
        }
        return Place(self)
    }
}
