/// How a run of a hook ended.
package struct HookEnd: Sendable, Hashable {
    /// Whether it did what it was to do.
    package enum Result: Sendable, Hashable {
        /// The program returned 0, or the web address answered 2xx.
        case succeeded
        /// The program returned another status.
        case exited(Int)
        /// A signal that Ropeway did not send ended the program.
        case signalled(Int)
        /// It took longer than it may.
        case timedOut
        /// The program could not be started, or nothing could be sent.
        case notStarted(String)
        /// The web address refused it: an answer that trying again does not change.
        case refused(Int)
        /// The web address did not take it, however often it was tried.
        case notDelivered(String)
        /// Whoever ran it did not want it any more.
        case cancelled
    }

    package var result: Result
    /// The end of what a program said, for a person: standard error, else standard output. Never what a web address
    /// answered, which may repeat the address.
    package var said: String
    /// How often it was tried.
    package var tries: Int
    /// How long it took.
    package var duration: Duration

    package init(_ result: Result, said: String = "", tries: Int = 1, duration: Duration = .zero) {
        self.result = result
        self.said = said
        self.tries = tries
        self.duration = duration
    }

    package var hasSucceeded: Bool { result == .succeeded }

    /// The word of a hook that did what it was to do.
    package static let success = "succeeded"

    /// A stable word.
    package var code: String {
        switch result {
        case .succeeded: Self.success
        case .exited: "exited"
        case .signalled: "signalled"
        case .timedOut: "timed-out"
        case .notStarted: "not-started"
        case .refused: "refused"
        case .notDelivered: "not-delivered"
        case .cancelled: "cancelled"
        }
    }

    /// How it ended, in words that follow the hook's name.
    package var summary: String {
        let what =
            switch result {
            case .succeeded: Self.success
            case .exited(let status): "returned \(status)"
            case .signalled(let signal): "was ended by signal \(signal)"
            case .timedOut: "did not end in time"
            case .notStarted(let reason): "could not be run: \(reason)"
            case .refused(let status): "was answered \(status)"
            case .notDelivered(let reason): "could not be delivered: \(reason)"
            case .cancelled: "was called off"
            }
        let count = tries > 1 ? " (tried \(tries) times)" : ""
        return said.isEmpty ? what + count : "\(what)\(count): \(said)"
    }
}
