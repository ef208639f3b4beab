import ControlModel
import Pump
import Relay

extension StoreAccessReport {
    /// How a route publishes to its store.
    init(_ snapshot: RouteSnapshot) {
        self.init(snapshot.usesStreamProtocol.map { $0 ? .stream : .amqp }, fault: snapshot.storeFault?.description)
    }
}
