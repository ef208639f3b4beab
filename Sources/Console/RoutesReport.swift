import Recovery

/// What a pair carries: the answer to `GET /v1/routes`, and what `lag --format json` prints.
public struct RoutesReport: Sendable, Hashable, Codable {
    /// The pair's name.
    public var pair: String
    /// The routes, in the order of the configuration.
    public var routes: [RouteReport]
    /// The shovels, in the order of the configuration.
    public var shovels: [ShovelReport]

    /// Takes the routes and shovels from a report of the pair.
    public init(_ status: StatusReport) {
        self.pair = status.pair
        self.routes = status.routes
        self.shovels = status.shovels
    }
}
