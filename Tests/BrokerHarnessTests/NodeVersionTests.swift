import Testing

@testable import BrokerHarness

@Suite
struct NodeVersionTests {
    @Test("Given what brokers say of their version, when it is read, then versions are ordered by their numbers")
    func order() throws {
        let old = try #require(NodeVersion("3.10.8"))
        let new = try #require(NodeVersion("4.0.5"))
        #expect(old < .v4)
        #expect(new > .v4)
        #expect(try #require(NodeVersion("3.9.1")) < old)
        #expect(try #require(NodeVersion("4.1.0-rc.1")) > new)
        #expect(new.description == "4.0.5")
        #expect(NodeVersion("unknown") == nil)
    }

    @Test("Given homes for both datacenters, when a node is started, then it gets that of its own, or none")
    func homes() {
        let both = ["ROPEWAY_DC1_RABBITMQ_HOME": "/one", "ROPEWAY_DC2_RABBITMQ_HOME": "/two"]
        #expect(BrokerSite.dc1.environment(of: both) == ["ROPEWAY_RABBITMQ_HOME": "/one"])
        #expect(BrokerSite.dc2.environment(of: both) == ["ROPEWAY_RABBITMQ_HOME": "/two"])
        #expect(BrokerSite.dc2.environment(of: ["ROPEWAY_RABBITMQ_HOME": "/three"]).isEmpty)
        #expect(BrokerSite.dc1.environment(of: ["ROPEWAY_DC1_RABBITMQ_HOME": ""]).isEmpty)
    }
}
