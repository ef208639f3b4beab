import Waiting

/// What was read for all who waited.
package struct Gathered<List: Sendable>: Sendable {
    /// The list; `nil` where each is to ask alone.
    package var list: List?
    /// How many objects there are; `nil` where that does not matter.
    package var length: Int?

    package init(list: List?, length: Int? = nil) {
        self.list = list
        self.length = length
    }
}

/// Has many who ask about single objects at the same time share one list, see ``GatheringPlan``.
package actor Gathering<List: Sendable> {
    package enum Answer: Sendable {
        /// Who asked is to ask alone, and to say ``Gathering/ended()`` afterwards.
        case single
        /// A list that was begun after it was asked for.
        case list(List)
        case failed(ManagementError)
        /// The task that asked was cancelled.
        case cancelled
    }

    /// One who waits, for so many objects.
    struct Asking: Sendable {
        var waiter = Waiter<Answer>()
        var count = 1
        var load: Load
    }

    /// Reads a list for so many who wait.
    package typealias Load = @Sendable (Int) async throws(ManagementError) -> Gathered<List>

    private(set) var plan: GatheringPlan
    private(set) var waiting: [Asking] = []
    /// The list that was read last.
    package private(set) var last: List?
    /// Reads the list; it ends by the time-outs of the API.
    private var reading: Task<Void, Never>?
    /// Waits for others who ask; it ends by itself.
    private var holding: Task<Void, Never>?

    init(_ plan: GatheringPlan = GatheringPlan()) { self.plan = plan }

    /// One in which everybody shares a list, and those who come while one is read share the next.
    package static func ofLists() -> Gathering { Gathering(GatheringPlan(mostSingles: 0, fewestListed: 1)) }

    package func ask(_ load: @escaping Load) async -> Answer {
        let now = ContinuousClock.now
        if plan.admits(waiting: waiting.count, at: now) { return .single }
        let asking = Asking(load: load)
        waiting.append(asking)
        if holding == nil, plan.expectsOthers(at: now) { holding = Task { await hold() } }
        proceed()
        return await asking.waiter.wait(orIfCancelled: .cancelled)
    }

    /// The list, for one who is about to look at so many objects.
    ///
    /// - Returns: `nil` where it costs less to ask for each.
    func list(for count: Int, _ load: @escaping Load) async throws(ManagementError) -> List? {
        guard plan.isListWorth(count, at: .now) else { return nil }
        let asking = Asking(count: count, load: load)
        waiting.append(asking)
        proceed()
        switch await asking.waiter.wait(orIfCancelled: .cancelled) {
        case .list(let list): return list
        case .failed(let error): throw error
        case .cancelled: return nil
        case .single:
            ended()
            return nil
        }
    }

    /// Who was told to ask alone has an answer.
    package func ended() {
        plan.singleEnded()
        proceed()
    }

    /// Waits until nobody comes any more, but not for long.
    private func hold() async {
        for _ in 0..<10 {
            let before = waiting.count
            try? await Task.sleep(for: .milliseconds(5))
            if waiting.count == before { break }
        }
        holding = nil
        proceed()
    }

    private func proceed() {
        guard holding == nil else { return }
        while true {
            switch plan.next(waiting: waiting.reduce(0) { $0 + $1.count }, at: .now) {
            case .wait: return
            case .single:
                // One that was cancelled meanwhile does not ask.
                if !waiting.removeFirst().waiter.resume(returning: .single) { plan.singleEnded() }
            case .list:
                let taken = waiting
                waiting = []
                reading = Task { await read(for: taken) }
            }
        }
    }

    private func read(for taken: [Asking]) async {
        do throws(ManagementError) {
            let found = try await taken[0].load(taken.reduce(0) { $0 + $1.count })
            plan.listEnded(length: found.list == nil ? found.length ?? .max : found.length, at: .now)
            if let list = found.list {
                last = list
                for one in taken { one.waiter.resume(returning: .list(list)) }
            } else {
                waiting = taken + waiting
            }
        } catch {
            plan.listEnded(length: nil, at: .now)
            for one in taken { one.waiter.resume(returning: .failed(error)) }
        }
        proceed()
    }
}
