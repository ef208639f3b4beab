/// Runs rounds one after another, whoever asks for one.
actor WatchRounds {
    /// How long it is looked on where it is not certain yet whether messages are missing, and how often.
    private static let decisionLimit = Duration.seconds(15)
    private static let decisionPause = Duration.milliseconds(300)

    private var last: Task<[String: TopologyError], Never>?

    /// Runs a round that begins after this call.
    ///
    /// - Returns: what failed in it, by the names of the routes.
    func next(_ round: @escaping @Sendable () async -> [String: TopologyError]) async -> [String: TopologyError] {
        let previous = last
        let task = Task {
            _ = await previous?.value
            return await round()
        }
        last = task
        return await task.value
    }

    /// The same, again and again as long as a round leaves open whether messages are missing.
    func decided(
        _ round: @escaping @Sendable () async -> [String: TopologyError],
        isUndecided: @Sendable () async -> Bool
    ) async -> [String: TopologyError] {
        let begun = ContinuousClock.now
        while true {
            let failed = await next(round)
            guard await isUndecided(), ContinuousClock.now - begun < Self.decisionLimit,
                (try? await Task.sleep(for: Self.decisionPause)) != nil
            else { return failed }
        }
    }
}
