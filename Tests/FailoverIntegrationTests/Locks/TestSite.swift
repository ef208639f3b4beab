import BrokerHarness
import ControlModel
import Failover
import Foundation
import HTTPClient
import Management
import Relay
import RopewayConfiguration

/// A site as a configuration file describes it, on a test's node.
enum TestSite {
    /// Shared by all tests, and never shut down: it ends with the process.
    private static let client = CurlClient()

    static func make(
        _ node: BrokerNode,
        virtualHost: String = "/",
        amqpPort: Int? = nil,
        managementPort: Int? = nil,
        password: String = "guest",
        name: String = "dc1"
    ) throws -> Site {
        func site(_ name: String, amqp: Int, management: Int) -> String {
            """
              \(name):
                amqp: ["amqp://127.0.0.1:\(amqp)"]
                management: ["http://127.0.0.1:\(management)"]
                vhost: "\(virtualHost)"
                username: guest
                password: {env: TEST_PASSWORD}
            """
        }
        // The other site has to be another one; nothing connects to it.
        let text = """
            pair: test
            active: \(name)
            sites:
            \(site(name, amqp: amqpPort ?? node.amqpPort, management: managementPort ?? node.managementPort))
            \(site("other", amqp: 1, management: 2))
            routes:
              - name: orders
                exchange: orders

            """
        // Secrets are read where the configuration says; a file would have to be cleaned up.
        setenv("TEST_PASSWORD_\(password)", password, 1)
        let loaded = try PairConfiguration.parse(
            text.replacing("TEST_PASSWORD", with: "TEST_PASSWORD_\(password)"),
            file: "test.yaml"
        )
        return try Site(loaded.configuration.firstSite, client: client)
    }
}

extension LockHolder {
    /// A process that waits for a lock in a test.
    static func test(_ instance: String) -> LockHolder {
        LockHolder(host: "host-\(instance)", process: 42, api: "127.0.0.1:8470", instance: instance)
    }
}
