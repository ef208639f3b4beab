import Foundation

/// The datacenter for which a node stands in a test. It decides which RabbitMQ the node runs, so that both versions can be
/// tested against each other.
public enum BrokerSite: Sendable {
    case dc1
    case dc2

    /// The variable that names the RabbitMQ of this datacenter: a directory with `bin/` or `sbin/`.
    var variable: String {
        switch self {
        case .dc1: "ROPEWAY_DC1_RABBITMQ_HOME"
        case .dc2: "ROPEWAY_DC2_RABBITMQ_HOME"
        }
    }

    /// The environment for `Scripts/broker start`: empty where the variable is not set, so that `ROPEWAY_RABBITMQ_HOME` or
    /// the machine's RabbitMQ is taken.
    func environment(
        of variables: [String: String] = ProcessInfo.processInfo.environment
    ) -> [String: String] {
        guard let home = variables[self.variable], !home.isEmpty else { return [:] }
        return ["ROPEWAY_RABBITMQ_HOME": home]
    }
}
