/// What a pair carries: the answer to `GET /v1/routes`, and what `lag --format json` prints.
package struct RoutesReport: Sendable, Hashable, Codable {
    /// The pair's name.
    package var pair: String
    /// The routes, in the order of the configuration.
    package var routes: [RouteReport]
    /// The shovels, in the order of the configuration.
    package var shovels: [ShovelReport]

    /// Takes the routes and shovels from a report of the pair.
    package init(_ status: StatusReport) {
        self.pair = status.pair
        self.routes = status.routes
        self.shovels = status.shovels
    }
}
