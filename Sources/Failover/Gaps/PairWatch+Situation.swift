import Relay
import RopewayConfiguration

extension PairWatch {
    /// What is to be watched, and what this process may do.
    package struct Situation: Sendable {
        package var active: Site
        package var standby: Site
        package var epoch: Int
        package var routes: [RouteConfiguration]

        package init(active: Site, standby: Site, epoch: Int, routes: [RouteConfiguration]) {
            self.active = active
            self.standby = standby
            self.epoch = epoch
            self.routes = routes
        }

        func isSame(as other: Situation) -> Bool {
            active.configuration == other.active.configuration && standby.configuration == other.standby.configuration
                && epoch == other.epoch && routes == other.routes
        }
    }
}
