import HTTPClient

/// How long a call of the management API may take.
package struct ManagementTimeouts: Sendable, Hashable {
    /// The time for a connection to one endpoint.
    package var connect: Duration
    /// The time for one request to one endpoint.
    package var request: Duration
    /// The time for the whole call: all endpoints that are tried, all pages that are read.
    package var call: Duration

    /// Creates time-outs. By default a hung endpoint leaves time to try two others.
    package init(
        connect: Duration = .seconds(3),
        request: Duration = .seconds(10),
        call: Duration = .seconds(30)
    ) {
        self.connect = connect
        self.request = request
        self.call = call
    }
}
