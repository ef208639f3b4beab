extension ManagementAPI {
    /// The same API with everything done within a time, of which each endpoint gets its share: one that accepts and never
    /// answers does not take it all.
    package func limited(to time: Duration) -> ManagementAPI {
        let time = max(.milliseconds(1), time)
        let share = max(.milliseconds(1), time / endpoints.count)
        return with(
            timeouts: ManagementTimeouts(
                connect: min(timeouts.connect, share),
                request: min(timeouts.request, share),
                call: min(timeouts.call, time)
            )
        )
    }
}
