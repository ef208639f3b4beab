/// Which of the questions about single objects that are asked at about the same time are answered one by one, and which by
/// one list of all objects.
///
/// A question that nobody asks beside it is answered by itself at once. Where many wait, a list is read for all of them. It
/// is begun after they asked, so that what it says is no older than what they would have been answered alone.
struct GatheringPlan: Sendable {
    enum Step: Sendable, Hashable {
        /// Nothing is to be done yet for those who wait.
        case wait
        /// The first of those who wait is to ask alone.
        case single
        /// A list is to be read for all who wait now.
        case list
    }

    /// How many are answered one by one at the same time; who comes later waits for one of these to end.
    let mostSingles: Int
    /// How many have to wait for a list to be read, however short it is.
    let fewestListed: Int
    /// How many objects a list may have for each who waits: a single answer costs as much as these.
    static let mostForOne = 20
    /// For how long a list is taken to be as long as it was.
    static let memory = Duration.seconds(60)

    private(set) var singles = 0
    private(set) var isListing = false
    private var known: (length: Int, until: ContinuousClock.Instant)?
    /// When a list was begun last.
    private var listed: ContinuousClock.Instant?

    init(mostSingles: Int = 8, fewestListed: Int = 16) {
        self.mostSingles = mostSingles
        self.fewestListed = fewestListed
    }

    /// For how long many are taken to ask at the same time again.
    static let habit = Duration.seconds(5)

    /// Whether who asks is to wait a moment for others: shortly before, so many asked that a list was read.
    func expectsOthers(at now: ContinuousClock.Instant) -> Bool {
        mostSingles > 0 && (listed.map { now < $0 + Self.habit } ?? false)
    }

    /// Somebody asks.
    ///
    /// - Returns: whether it is to ask alone, at once.
    mutating func admits(waiting: Int, at now: ContinuousClock.Instant) -> Bool {
        guard waiting == 0, singles < mostSingles, !expectsOthers(at: now) else { return false }
        singles += 1
        return true
    }

    /// Who asked alone has an answer, or has given up.
    mutating func singleEnded() { singles -= 1 }

    /// A list was read, or could not be.
    ///
    /// - Parameter length: how many objects there are, where that is known now.
    mutating func listEnded(length: Int?, at now: ContinuousClock.Instant) {
        isListing = false
        if let length { known = (length, now + Self.memory) }
    }

    /// Whether a list of so many objects costs less than single answers to so many.
    static func isWorth(_ length: Int, for waiting: Int) -> Bool { length <= mostForOne * waiting }

    /// Whether a list is read for so many.
    func isListWorth(_ waiting: Int, at now: ContinuousClock.Instant) -> Bool {
        guard waiting >= fewestListed else { return false }
        guard mostSingles > 0, let known, now < known.until else { return true }
        return Self.isWorth(known.length, for: waiting)
    }

    /// What is to be done next for those who wait. To be asked until it says that there is nothing.
    mutating func next(waiting: Int, at now: ContinuousClock.Instant) -> Step {
        guard waiting > 0 else { return .wait }
        if isListWorth(waiting, at: now) {
            guard !isListing else { return .wait }
            isListing = true
            listed = now
            return .list
        }
        guard singles < mostSingles else { return .wait }
        singles += 1
        return .single
    }
}
