import Logging
import RopewayConfiguration

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What a watch of one site looks at, what it may do there, and whom it tells.
package struct WatchTask: Sendable {
    /// The pair's name.
    package var pair: String
    /// The site that is watched.
    package var site: Site
    /// The pair's epoch.
    package var epoch: Int
    /// The routes whose objects are looked at.
    package var routes: [RouteConfiguration]
    /// What was last seen of each route's objects, by whoever looked before.
    package var known: [String: KnownObjects]
    /// Since when all is counted that is confirmed, where what is known was seen before that.
    package var countedSince: Date?
    /// Whether this process may change the site now: whether it holds the site's lock.
    package var mayChange: @Sendable () -> Bool
    /// Takes holes.
    package var found: @Sendable ([GapFinding]) async -> Void
    package var logger: Logger

    package init(
        pair: String,
        site: Site,
        epoch: Int,
        routes: [RouteConfiguration],
        known: [String: KnownObjects] = [:],
        countedSince: Date? = nil,
        mayChange: @escaping @Sendable () -> Bool,
        found: @escaping @Sendable ([GapFinding]) async -> Void,
        logger: Logger
    ) {
        self.pair = pair
        self.site = site
        self.epoch = epoch
        self.routes = routes
        self.known = known
        self.countedSince = countedSince
        self.mayChange = mayChange
        self.found = found
        self.logger = logger
    }
}
