/// Runs rounds one after another, whoever asks for one.
actor WatchRounds {
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
}
