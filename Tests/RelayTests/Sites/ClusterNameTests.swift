import Testing

@testable import Relay

@Suite("Names of clusters")
struct ClusterNameTests {
    @Test(
        "a name that a cluster gets from one of its nodes is known",
        arguments: [
            ("rabbit@dc1-a.example.org", "rabbit@dc1-a", true), ("rabbit@dc1-a", "rabbit@dc1-a", true),
            ("rabbit@dc1-a.example.org", "rabbit@dc1-a.example.org", true),
            ("dc1@machine.example", "dc1@localhost", true), ("dc1@machine", "dc2@localhost", false),
            ("rabbit@dc1-ab", "rabbit@dc1-a", false), ("other@dc1-a", "rabbit@dc1-a", false),
            ("orders", "rabbit@dc1-a", false), ("", "", false), ("@", "@", false), ("a@b@c", "a@b", false),
        ]
    )
    func defaultNames(name: String, node: String, isDefault: Bool) {
        #expect(Site.isDefaultName(name, of: node) == isDefault)
    }
}
