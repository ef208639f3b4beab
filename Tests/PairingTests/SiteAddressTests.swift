import RopewayConfiguration
import Testing

@testable import Pairing

@Suite("How a site is named on the command line")
struct SiteAddressTests {
    @Test(
        "Given an AMQP address, when read, then user and virtual host are taken from it and the management is guessed"
    )
    func amqp() throws {
        let address = try SiteAddress(
            name: "dc1",
            uris: ["amqp://shop@one.example/%2Forders", "amqp://shop@two.example:5673/%2Forders"]
        )
        #expect(address.amqp.map(\.description) == ["one.example:5672", "two.example:5673"])
        #expect(address.management.map(\.baseURL) == ["http://one.example:15672", "http://two.example:15672"])
        #expect(address.isManagementGuessed)
        #expect(address.virtualHost == "/orders")
        #expect(address.username == "shop")
    }

    @Test("Given a management address, when read, then nothing is guessed")
    func management() throws {
        let address = try SiteAddress(name: "dc1", uris: ["https://one.example:443/rabbit/api"], virtualHost: "v")
        #expect(address.management.map(\.baseURL) == ["https://one.example:443/rabbit"])
        #expect(!address.isManagementGuessed)
        #expect(address.amqp.isEmpty)
        #expect(address.virtualHost == "v")
    }

    @Test(
        "Given a password in an address, or what is none, when read, then it is refused without being repeated",
        arguments: [
            "amqp://shop:Secret1@one.example", "http://shop:Secret1@one.example:15672", "amqp://one.example?Secret1=1",
            "Secret1", "ftp://Secret1", "amqp://host:Secret1", "http://", "amqp://one.example/a/Secret1",
        ]
    )
    func refused(_ uri: String) {
        #expect {
            try SiteAddress(name: "dc1", uris: [uri])
        } throws: { error in
            !"\(error)".contains("Secret1") && error is SiteAddress.Problem
        }
    }

    @Test("Given two virtual hosts or users, when read, then that is refused")
    func contradictions() {
        #expect(throws: SiteAddress.Problem.self) { try SiteAddress(name: "a", uris: ["amqp://h/x", "amqp://i/y"]) }
        #expect(throws: SiteAddress.Problem.self) { try SiteAddress(name: "a", uris: ["amqp://u@h", "amqp://v@i"]) }
        #expect(throws: SiteAddress.Problem.self) { try SiteAddress(name: "a", uris: []) }
    }
}
